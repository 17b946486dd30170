"""Workbooks written by the column, in the plain and in the awkward ways that exports use, with fixed bytes."""

import zipfile
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from simulator.text import join, numbers, packed

CHUNK = 50_000
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_REL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_KIND = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_TYPES = (
    f'{_HEAD}<Types xmlns="{_PACKAGE}/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/>'
    f'<Override PartName="/xl/workbook.xml" ContentType="{_KIND}.sheet.main+xml"/>'
    f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_KIND}.worksheet+xml"/>'
    f'<Override PartName="/xl/sharedStrings.xml" ContentType="{_KIND}.sharedStrings+xml"/></Types>'
)
_ROOT_RELS = (
    f'{_HEAD}<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1" Type="{_REL}/officeDocument" '
    'Target="xl/workbook.xml"/></Relationships>'
)
_BOOK_RELS = (
    f'{_HEAD}<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1" Type="{_REL}/worksheet" '
    f'Target="worksheets/sheet1.xml"/><Relationship Id="rId2" Type="{_REL}/sharedStrings" Target="sharedStrings.xml"/>'
    "</Relationships>"
)


def write_xlsx(
    path: Path,
    sheet: str,
    columns: dict[str, pa.Array],
    *,
    inline: bool,
    wrong_dimension: bool,
    trailer: list[str] | None = None,
) -> Path:
    """Writes text and number columns under their header as one sheet; returns the path.

    Arrow strings become text cells, every other type a number cell. `inline` stores texts in the cells instead of the
    shared string table; `wrong_dimension` declares A1 as the whole sheet. `trailer` is one further row of texts.
    """
    return write_xlsx_parts(
        path, sheet, list(columns), [columns], inline=inline, wrong_dimension=wrong_dimension, trailer=trailer
    )


def write_xlsx_parts(
    path: Path,
    sheet: str,
    header: list[str],
    parts: Iterable[dict[str, pa.Array]],
    *,
    inline: bool,
    wrong_dimension: bool,
    notes: Iterable[list[str]] = (),
    trailer: list[str] | None = None,
) -> Path:
    """As `write_xlsx`, for rows that come in parts; `notes` are rows of texts below the header that are not data.

    The sheet's true size is known only at its end, so a right <dimension> is left out and not guessed: it is optional.
    """
    shared: dict[str, int] | None = None if inline else {}
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as book:
        _add(book, "[Content_Types].xml", _TYPES)
        _add(book, "_rels/.rels", _ROOT_RELS)
        _add(
            book,
            "xl/workbook.xml",
            f'{_HEAD}<workbook xmlns="{_MAIN}" xmlns:r="{_REL}"><sheets><sheet name="{sheet}" '
            'sheetId="1" r:id="rId1"/></sheets></workbook>',
        )
        _add(book, "xl/_rels/workbook.xml.rels", _BOOK_RELS)
        with book.open(_entry("xl/worksheets/sheet1.xml"), "w", force_zip64=True) as out:
            size = '<dimension ref="A1"/>' if wrong_dimension else ""
            out.write(f'{_HEAD}<worksheet xmlns="{_MAIN}">{size}<sheetData>'.encode())
            row = 1
            for cells in (header, *notes):
                out.write(_text_row(row, cells, shared))
                row += 1
            for part in parts:
                rows = len(next(iter(part.values())))
                for low in range(0, rows, CHUNK):
                    out.write(
                        _rows({name: column.slice(low, CHUNK) for name, column in part.items()}, row + low, shared)
                    )
                row += rows
            if trailer:
                out.write(_text_row(row, trailer, shared))
            out.write(b"</sheetData></worksheet>")
        items = "".join(f'<si><t xml:space="preserve">{text}</t></si>' for text in shared or {})
        _add(book, "xl/sharedStrings.xml", f'{_HEAD}<sst xmlns="{_MAIN}">{items}</sst>')
    return path


def letters(number: int) -> str:
    """The column letters of the 1-based column number: 1 is A, 27 is AA."""
    text = ""
    while number:
        number, rest = divmod(number - 1, 26)
        text = chr(65 + rest) + text
    return text


def _rows(columns: dict[str, pa.Array], first: int, shared: dict[str, int] | None) -> bytes:
    """The XML of consecutive rows, the first of which has the row number `first`."""
    count = len(next(iter(columns.values())))
    number = numbers(np.arange(first, first + count))
    parts: list[pa.Array | str] = ['<row r="', number, '">']
    for position, column in enumerate(columns.values()):
        parts += [f'<c r="{letters(position + 1)}', number, *_cell_parts(column, shared)]
    return packed(join(*parts, "</row>"))


def _cell_parts(column: pa.Array, shared: dict[str, int] | None) -> list[pa.Array | str]:
    if not (pa.types.is_large_string(column.type) or pa.types.is_string(column.type)):
        return ['"><v>', column.cast(pa.large_string()), "</v></c>"]
    for mark, name in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;")):
        column = pc.replace_substring(column, mark, name)
    if shared is None:
        return ['" t="inlineStr"><is><t xml:space="preserve">', column, "</t></is></c>"]
    words = column.dictionary_encode()
    index = np.array([shared.setdefault(word, len(shared)) for word in words.dictionary.to_pylist()], np.int64)
    return ['" t="s"><v>', numbers(index[words.indices.to_numpy()]), "</v></c>"]


def _text_row(number: int, cells: list[str], shared: dict[str, int] | None) -> bytes:
    """One row of texts, as header or trailer."""
    columns = {str(i): pa.array([cell], pa.large_string()) for i, cell in enumerate(cells)}
    return _rows(columns, number, shared)


def _entry(name: str) -> zipfile.ZipInfo:
    """A zip entry with the oldest date a zip knows, so that equal contents give equal bytes."""
    entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
    entry.compress_type = zipfile.ZIP_DEFLATED
    return entry


def _add(book: zipfile.ZipFile, name: str, text: str) -> None:
    book.writestr(_entry(name), text)
