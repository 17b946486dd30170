"""What a workbook (XLSX) says of itself before its rows: sheets, styles, the date system, macros, merged cells of a header."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, Any

from ingest.archive import reading
from ingest.errors import Refused
from ingest.readers.header_row import SEARCHED_ROWS
from ingest.readers.xlsx_cells import Styles, column_of
from ingest.readers.xlsx_tree import name_of, tree

_SMALL = 16 * 1024**2  # bytes of a part that says something of others
_CHUNK, _TAIL = 1024**2, 256
_MOST_MERGED = 10_000
_MERGED = re.compile(
    rb'<(?:[\w.-]+:)?mergeCell\b[^<>]*?\bref\s*=\s*["\']([A-Z]{1,3})(\d{1,7}):([A-Z]{1,3})(\d{1,7})["\']'
)
#: number formats that have a number and no code: moments (also those of the languages of East Asia), spans, percentages
_MOMENTS = frozenset([*range(14, 23), *range(27, 37), 45, 47, *range(50, 59)])
_SPANS, _PERCENTS = frozenset([46]), frozenset([9, 10])
_NOT_SHOWN = re.compile(r'"[^"]*"|\\.|_.|\*.')
_ELAPSED = re.compile(r"\[(h+|m+|s+)\]", re.IGNORECASE)
_HINT = "if it opens in a spreadsheet, save it once more there; else upload it again"


@dataclass(frozen=True)
class SheetPart:
    """A sheet: its name, its part of the archive, and whether it is shown."""

    name: str
    part: str
    is_visible: bool


class _Part:
    """A part of the archive, whose damage is told as a refusal; an error of whoever reads it stays what it is."""

    def __init__(self, opened: IO[bytes]) -> None:
        self._opened = opened

    def read(self, size: int) -> bytes:
        with reading("workbook"):
            return self._opened.read(size)


class Book:
    """An open workbook. sheets: in their order; styles; is_1904: whether days count from 1904; has_macros, which nobody runs."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self._names = {name.lower().replace("\\", "/"): name for name in archive.namelist()}
        book = self._tree("xl/workbook.xml")
        if book is None:
            raise Refused("the workbook has no list of its sheets", hint="if it is a binary workbook (.xlsb), save it as .xlsx; else upload it again")  # fmt: skip
        links = {link.get("Id"): link for link in self._tree("xl/_rels/workbook.xml.rels") if link is not None} if self._has("xl/_rels/workbook.xml.rels") else {}  # fmt: skip
        self.has_macros = any(name.endswith("vbaproject.bin") for name in self._names)
        self.is_1904 = any(name_of(e) == "workbookPr" and e.get("date1904") in ("1", "true") for e in book)
        self.sheets = list(_sheets(book, links))
        self.styles = _styles(self._tree(_linked(links, "/styles") or "xl/styles.xml"))
        self._texts = _linked(links, "/sharedStrings") or "xl/sharedStrings.xml"

    @contextmanager
    def part(self, name: str) -> Iterator[_Part]:
        """The bytes of a part. Raises Refused where there is none."""
        if not self._has(name):
            raise Refused("the workbook lacks the part of one of its sheets", hint=_HINT)
        with reading("workbook"):
            opened = self._archive.open(self._names[name.lower()])
        with opened:
            yield _Part(opened)

    @contextmanager
    def texts(self) -> Iterator[_Part | None]:
        """The part of the shared texts, or nothing."""
        if not self._has(self._texts):
            yield None
            return
        with self.part(self._texts) as part:
            yield part

    def _has(self, name: str) -> bool:
        return name.lower() in self._names

    def _tree(self, name: str) -> Any:
        """A small part's root; nothing where there is none."""
        from lxml import etree

        if not self._has(name):
            return None
        with self.part(name) as part:
            data = part.read(_SMALL + 1)
        if len(data) > _SMALL:
            raise Refused(f"a part of the workbook that lists others takes more than {_SMALL:,} bytes", hint=_HINT)
        try:
            return tree(data)
        except etree.XMLSyntaxError:
            raise Refused(f"the part {name} of the workbook cannot be read", hint=_HINT) from None


def _linked(links: dict[str | None, Any], kind: str) -> str:
    return next((_part(link) for link in links.values() if (link.get("Type") or "").endswith(kind)), "")


def _part(link: Any) -> str:
    target = (link.get("Target") or "").replace("\\", "/")
    return target.lstrip("/") if target.startswith("/") else f"xl/{target.removeprefix('./')}"


def _sheets(book: Any, links: dict[str | None, Any]) -> Iterator[SheetPart]:
    """The sheets that hold rows; charts and dialogs do not."""
    for element in book.iter():
        if name_of(element) != "sheet":
            continue
        target = next((value for key, value in element.attrib.items() if key.rpartition("}")[2] == "id"), None)
        link = links.get(target)
        if link is None:
            raise Refused("the workbook names a sheet that it does not have", hint=_HINT)
        if (link.get("Type") or "/worksheet").endswith("/worksheet"):
            yield SheetPart(element.get("name") or "", _part(link), element.get("state") in (None, "visible"))


def _styles(root: Any) -> Styles:
    """Which styles show a percentage, a moment or a span, by the code of their number format."""
    if root is None:
        return Styles()
    percents, moments, spans = set(_PERCENTS), set(_MOMENTS), set(_SPANS)
    for element in root.iter():
        if name_of(element) == "numFmt" and (element.get("numFmtId") or "").isdigit():
            number, kind = int(element.get("numFmtId")), _shows(element.get("formatCode") or "")
            for of_kind, numbers in (("percent", percents), ("moment", moments), ("span", spans)):
                (numbers.add if kind == of_kind else numbers.discard)(number)
    cells = next((e for e in root if name_of(e) == "cellXfs"), ())
    used = [int(xf.get("numFmtId")) if (xf.get("numFmtId") or "").isdigit() else 0 for xf in cells if name_of(xf) == "xf"]  # fmt: skip
    return Styles(*(frozenset(i for i, n in enumerate(used) if n in numbers) for numbers in (percents, moments, spans)))


def _shows(code: str) -> str:
    """What a number format shows: percent, moment, span, or nothing of these. Only its first part counts, that of positive numbers."""
    first = _NOT_SHOWN.sub("", code).split(";")[0]
    if _ELAPSED.search(first):
        return "span"
    plain = re.sub(r"\[[^\]]*\]", "", first).strip()
    if plain.endswith("%"):
        return "percent"
    is_general = plain.lower() in ("general", "standard", "@")
    return "moment" if not is_general and re.search("[dmyhs]", plain, re.IGNORECASE) else ""


def merged_cells(part: _Part) -> list[tuple[int, int, int, int]]:
    """(top, left, bottom, right), from 0, of merged cells that begin where a header may stand. They are written behind all rows."""
    found: dict[tuple[int, int, int, int], None] = {}
    kept = b""
    while chunk := part.read(_CHUNK):
        text = kept + chunk
        if b"mergeCell" in text:
            for first, top, last, bottom in _MERGED.findall(text):
                if int(top) <= SEARCHED_ROWS and len(found) < _MOST_MERGED:
                    found[(int(top) - 1, column_of(first.decode()), int(bottom) - 1, column_of(last.decode()))] = None
        kept = text[-_TAIL:]
    return list(found)
