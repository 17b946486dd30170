"""Cells of rows as every spreadsheet writes them, found by the places of their marks: no cell becomes an object of its own.

numpy compares the signs round every `<` of a block with the few shapes that a cell has. A block in which one tag is not accounted
for is left to xlsx_tree.py, which parses it; both give the same cells.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ingest.readers.xlsx_cells import INLINE, KINDS, MOST_COLUMNS, MOST_ROWS, NUMBER, Cells
from ingest.readers.xlsx_strings import cut_out

if TYPE_CHECKING:
    import numpy as np

_PADDING = bytes(64)  # so that looking some signs ahead never leaves the block
_ATTRIBUTES = rb'(?: (?!r=)[A-Za-z_][\w:.-]*="[ !#-%\'-;=?-~]*")*'
_ROW = re.compile(rb"<row" + _ATTRIBUTES + rb' r="([1-9]\d{0,6})"' + _ATTRIBUTES + rb" ?/?>")
#: a formula's tag and text, or its tag alone where it shares another's; plain signs only
_FORMULA = re.compile(rb"<f" + _ATTRIBUTES + rb"(?:>(?:[ -%\'-;=-~]|&(?:amp|lt|gt|quot|apos);)*</f>| ?/>)")
_HIDDEN = (b' hidden="1"', b' hidden="true"')
SPACED = b'<t xml:space="preserve">'


def marked_cells(block: bytes, after: int) -> Cells | None:
    """The filled cells of whole rows below row `after`; None when anything in the block has another shape."""
    import numpy as np

    if b"\r" in block:  # the parser turns line ends
        return None
    signs, tags = signs_of(block)
    second = signs[tags + 1]
    rows = _rows(block, tags[(second == ord("r"))], after)
    if rows is None:
        return None
    row_at, row_end, numbers, is_alone, hidden = rows
    closers = tags[second == ord("/")]
    ended = closers[stand_at(signs, closers, b"</row>")]
    opened = tags[second == ord("c")]
    row = np.searchsorted(row_at, opened) - 1
    # a cell stands in the row that was opened before it and is not closed yet
    closed_before = np.searchsorted(ended, opened) + np.append(0, np.cumsum(is_alone))[row + 1]
    if len(ended) + is_alone.sum() != len(numbers) or (row < 0).any() or (closed_before != row).any():
        return None
    found = _shapes(block, signs, tags, second, opened, numbers[row])
    if found is None:
        return None
    column, style, kind, start, end, used, cell_end = found
    if used.sum() + len(numbers) + len(ended) != len(tags):
        return None
    if not _only_blanks(block, signs, tags, np.concatenate([[0], row_end, ended + len(b"</row>"), cell_end])):
        return None
    if ((column[1:] <= column[:-1]) & (row[1:] == row[:-1])).any():
        return None
    filled = end > start
    texts = cut_out(block, start[filled], end[filled])
    if texts is None:
        return None
    return Cells(numbers, hidden, row[filled], column[filled], kind[filled], style[filled], texts)


def without_prefix(block: bytes, prefix: bytes) -> bytes:
    """The block with tags as most writers spell them; some write `<x:c>`. A sign `<` is always a tag's, but in CDATA and comments."""
    return block.replace(b"<" + prefix, b"<").replace(b"</" + prefix, b"</") if prefix and b"<!" not in block else block


def signs_of(block: bytes) -> tuple[np.ndarray, np.ndarray]:
    """(the block's signs, with some more so that looking ahead never leaves them; the places of every `<`)."""
    import numpy as np

    signs = np.frombuffer(block + _PADDING, dtype=np.uint8)
    return signs, np.flatnonzero(signs == ord("<"))


def stand_at(signs: np.ndarray, at: np.ndarray, text: bytes) -> np.ndarray:
    """Whether these signs stand at each place."""
    import numpy as np

    same = np.ones(len(at), dtype=bool)
    for place, sign in enumerate(text):
        same &= signs[at + place] == sign
    return same


def _rows(block: bytes, at: np.ndarray, after: int) -> tuple | None:
    """(places, ends, numbers, whether each is a tag without an end, how many are hidden); None for a row without a rising number."""
    import numpy as np

    ends, numbers, alone, hidden = [], [], [], 0
    for place in at.tolist():
        found = _ROW.match(block, place)
        if found is None:
            return None
        ends.append(found.end())
        numbers.append(int(found[1]))
        alone.append(found[0].endswith(b"/>"))
        hidden += any(sign in found[0] for sign in _HIDDEN)
    rising = np.array([after, *numbers], dtype=np.int64)
    if (rising[1:] <= rising[:-1]).any() or rising[-1] > MOST_ROWS:
        return None
    return at, np.array(ends, dtype=np.int64), rising[1:], np.array(alone, dtype=bool), hidden


def _only_blanks(block: bytes, signs: np.ndarray, tags: np.ndarray, ends: np.ndarray) -> bool:
    """Whether nothing stands between the end of a row's or cell's tag and the next tag but line ends, which some writers put there."""
    import numpy as np

    nexts = np.append(tags, len(block))[np.searchsorted(tags, ends)]
    gaps = nexts - ends
    longer = (gaps > 1) | ((gaps == 1) & (signs[ends] != ord("\n")))
    return not any(block[end:following].strip() for end, following in zip(ends[longer].tolist(), nexts[longer].tolist(), strict=True))  # fmt: skip


def _shapes(
    block: bytes, signs: np.ndarray, tags: np.ndarray, second: np.ndarray, at: np.ndarray, number: np.ndarray
) -> tuple | None:
    """(column, style, kind, start and end of the text, tags used, end of the cell) of every cell, from `<c r="A1" s="1" t="s"><v>0</v></c>` and its kin."""
    import numpy as np

    if not stand_at(signs, at, b'<c r="').all():
        return None
    column, place = _letters(signs, at + 6)
    stated, place = _digits(signs, place, 7)
    if (
        column is None
        or (column >= MOST_COLUMNS).any()
        or (stated != number).any()
        or not (signs[place] == ord('"')).all()
    ):
        return None
    place = place + 1
    has_style = stand_at(signs, place, b' s="')
    style, after = _digits(signs, place + 4, 6)
    if (has_style & (signs[after] != ord('"'))).any():
        return None
    style = np.where(has_style, style, 0)
    place = np.where(has_style, after + 1, place)
    has_type = stand_at(signs, place, b' t="')
    kind, after = np.full(len(at), NUMBER, dtype=np.uint8), place
    known = ~has_type
    for word, of_word in KINDS.items():
        spelt = word.encode() + b'"'
        here = has_type & stand_at(signs, place + 4, spelt)
        kind[here] = of_word
        after = np.where(here, place + 4 + len(spelt), after)
        known |= here
    is_blank = stand_at(signs, after, b"/>") | stand_at(signs, after, b" />")
    if not known.all() or not (is_blank | (signs[after] == ord(">"))).all():
        return None
    return _contents(block, signs, tags, np.flatnonzero(second == ord("c")), after + 1, is_blank, column, style, kind)


def _computed(block: bytes, tags: np.ndarray, index: int, inside: int) -> tuple[int, int, int] | None:
    """(start and end of the value, tags used) of a cell with a formula; None where it has another shape."""
    formula = _FORMULA.match(block, inside)
    if formula is None:
        return None
    value = index + (2 if formula[0].endswith(b"/>") else 3)
    start, end = int(tags[value]), int(tags[value + 1])
    if start == formula.end() and block.startswith((b"<v/></c>", b"<v /></c>"), start):  # never computed
        over = end + len(b"</c>") - len(b"</v></c>")
        return over, over, value + 2 - index
    is_shaped = start == formula.end() and block.startswith(b"<v>", start) and block.startswith(b"</v></c>", end)
    return (start + len(b"<v>"), end, value + 3 - index) if is_shaped else None


def _contents(
    block: bytes,
    signs: np.ndarray,
    tags: np.ndarray,
    index: np.ndarray,
    inside: np.ndarray,
    is_blank: np.ndarray,
    *about: np.ndarray,
) -> tuple | None:
    """What stands between the tags of each cell: a value, a text, or nothing. index: of the cells among the tags."""
    import numpy as np

    column, style, kind = about
    tags = np.append(tags, np.full(6, len(signs) - 64))
    end_tag = b"</c>"
    start, end = np.zeros(len(index), dtype=np.int64), np.zeros(len(index), dtype=np.int64)
    used = np.where(is_blank, 1, 0)
    todo = ~is_blank
    if (tags[index + 1][todo] != inside[todo]).any():  # blanks between tags
        return None

    is_empty = todo & stand_at(signs, inside, end_tag)
    used[is_empty] = 2
    is_void = todo & (stand_at(signs, inside, b"<v/></c>") | stand_at(signs, inside, b"<v /></c>"))
    used[is_void] = 3

    second = tags[index + 2]
    has_value = todo & stand_at(signs, inside, b"<v>") & stand_at(signs, second, b"</v></c>")
    start, end = np.where(has_value, inside + 3, start), np.where(has_value, second, end)
    used[has_value] = 4

    third, text_tag = tags[index + 3], inside + 4
    for cell in np.flatnonzero(todo & stand_at(signs, inside, b"<f")).tolist():
        told = _computed(block, tags, int(index[cell]), int(inside[cell]))
        if told is None:
            return None
        start[cell], end[cell], used[cell] = told
    has_text = todo & stand_at(signs, inside, b"<is><t") & stand_at(signs, third, b"</t></is></c>") & (kind == INLINE)
    is_spaced = has_text & stand_at(signs, text_tag, SPACED)
    has_text &= is_spaced | (signs[text_tag + 2] == ord(">"))
    start = np.where(has_text, np.where(is_spaced, text_tag + len(SPACED), text_tag + 3), start)
    end = np.where(has_text, third, end)
    used[has_text] = 6
    if not used.all():
        return None
    over = np.select(
        [is_blank, is_empty, is_void, has_text],
        [
            inside + 1 + (signs[inside - 1] == ord(" ")),
            inside + len(end_tag),
            tags[index + 2] + len(end_tag),
            third + 13,
        ],
        end + len(b"</v></c>"),
    )
    return column, style, kind, start, end, used, over


def _letters(signs: np.ndarray, at: np.ndarray) -> tuple:
    """(columns from 0 by their letters, the places behind them); (None, ...) where there is no letter."""
    import numpy as np

    column, place, more = np.zeros(len(at), dtype=np.int64), at, np.ones(len(at), dtype=bool)
    for _ in range(3):
        sign = signs[place].astype(np.int64)
        more &= (sign >= ord("A")) & (sign <= ord("Z"))
        column = np.where(more, column * 26 + sign - 64, column)
        place = place + more
    return (column - 1 if (place > at).all() else None), place


def _digits(signs: np.ndarray, at: np.ndarray, most: int) -> tuple:
    """(numbers, the places behind them); no digit is 0."""
    import numpy as np

    number, place, more = np.zeros(len(at), dtype=np.int64), at, np.ones(len(at), dtype=bool)
    for _ in range(most):
        sign = signs[place].astype(np.int64)
        more &= (sign >= ord("0")) & (sign <= ord("9"))
        number = np.where(more, number * 10 + sign - 48, number)
        place = place + more
    return number, place
