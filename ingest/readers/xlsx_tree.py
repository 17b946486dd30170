"""Cells of rows in any shape that XML allows, parsed by lxml: formulas, rich texts, cells without a place, prefixes, comments."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from ingest.errors import Refused
from ingest.protect import masked
from ingest.readers.xlsx_cells import INLINE, KINDS, MOST_COLUMNS, MOST_ROWS, Cells, column_of
from ingest.readers.xlsx_strings import without_escapes

if TYPE_CHECKING:
    from ingest.readers.xlsx_blocks import Blocks

_PLACE = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")
_DAMAGED = "open the file in a spreadsheet, save it as .xlsx and drop that"


def parsed(blocks: Blocks, block: bytes) -> Any:
    """The element that the block's elements stand in. Raises Refused for what is no XML."""
    from lxml import etree

    try:
        root = tree(blocks.opening + block + blocks.closing)
    except etree.XMLSyntaxError as problem:
        raise Refused(f"the workbook cannot be read: {masked(str(problem), limit=120)}", hint="export it again, or upload it again") from None  # fmt: skip
    # the part's root, or the element of the rows in it
    return root if blocks.closing.count(b"</") == 1 else root[0]


def tree(data: bytes) -> Any:
    """The root of some XML; entities are not expanded, nothing is fetched. Raises lxml's XMLSyntaxError."""
    from lxml import etree

    parser = etree.XMLParser(resolve_entities=False, load_dtd=False, no_network=True, huge_tree=False, remove_comments=True, remove_pis=True)  # fmt: skip
    return etree.fromstring(data, parser)


def name_of(element: Any) -> str:
    """An element's name without its namespace."""
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def text_of(element: Any) -> str:
    """The text of an `is` or `si`: its `t` and those of its runs; how it is spoken (rPh) is none of it."""
    return without_escapes("".join(_pieces(element)))


def _pieces(element: Any) -> list[str]:
    found = []
    for child in element:
        name = name_of(child)
        if name == "t":
            found.append("".join(child.itertext()))
        elif name == "r":
            found += _pieces(child)
    return found


def parsed_cells(blocks: Blocks, block: bytes, after: int) -> Cells:
    """The filled cells of rows below row `after`. Raises Refused, with the row, for rows or cells that stand where none can."""
    import numpy as np
    import pyarrow as pa

    numbers: list[int] = []
    hidden = 0
    found: list[tuple[int, int, int, int, str]] = []
    for row in parsed(blocks, block):
        if name_of(row) != "row":
            continue
        number = _number(row.get("r"), (numbers[-1] if numbers else after) + 1)
        hidden += row.get("hidden") in ("1", "true")
        numbers.append(number)
        column = -1
        for cell in row:
            if name_of(cell) == "c":
                column = _column(cell.get("r"), number, column + 1)
                told = _told(cell, number)
                if told and told[2]:
                    found.append((len(numbers) - 1, column, *told))
    row_of, columns, kinds, styles, texts = zip(*found, strict=True) if found else ((),) * 5
    return Cells(
        np.array(numbers, dtype=np.int64), hidden, np.array(row_of, dtype=np.int64), np.array(columns, dtype=np.int64),
        np.array(kinds, dtype=np.uint8), np.array(styles, dtype=np.int64), pa.array(texts, pa.string()),
    )  # fmt: skip


def _number(stated: str | None, least: int) -> int:
    number = (
        least if stated is None else int(stated) if stated.isascii() and stated.isdigit() and len(stated) < 8 else -1
    )
    if number < least:
        raise Refused(f"a row states the number {masked(str(stated), limit=20)} behind row {least - 1}", line=max(1, least - 1), hint=_DAMAGED)  # fmt: skip
    if number > MOST_ROWS:
        raise Refused(f"a row states the number {number:,}; a sheet has {MOST_ROWS:,}", line=least, hint=_DAMAGED)
    return number


def _column(stated: str | None, row: int, least: int) -> int:
    column = least
    if stated is not None:
        found = _PLACE.fullmatch(stated)
        if found is None or int(found[2]) != row:
            raise Refused(f"a cell states the place {masked(stated, limit=20)!r}", line=row, hint=_DAMAGED)
        column = column_of(found[1])
    if not least <= column < MOST_COLUMNS:
        raise Refused(f"a cell stands in column {column + 1:,}, behind one in {least:,}", line=row, hint=_DAMAGED)
    return column


def _told(cell: Any, row: int) -> tuple[int, int, str] | None:
    """(kind, style, text) of a cell; nothing where it holds nothing."""
    stated, style = cell.get("t") or "", cell.get("s") or "0"
    kind = KINDS.get(stated or "n")
    if kind is None or not (style.isascii() and style.isdigit() and len(style) < 7):
        raise Refused(f"a cell is of the type {masked(stated, limit=20)!r}, style {masked(style, limit=20)!r}", line=row, hint=_DAMAGED)  # fmt: skip
    inside = {name_of(child): child for child in cell}
    if stated == "inlineStr" and "is" in inside:
        return kind, int(style), text_of(inside["is"])
    if "v" not in inside:
        return None
    value = "".join(inside["v"].itertext())
    return kind, int(style), without_escapes(value) if kind == INLINE else value
