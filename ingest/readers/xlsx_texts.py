"""The shared texts of a workbook, to which its cells point: one Arrow array, which takes little more than their bytes."""

from __future__ import annotations

from typing import IO, TYPE_CHECKING

from ingest.errors import Refused
from ingest.limits import limit
from ingest.readers.xlsx_blocks import Blocks
from ingest.readers.xlsx_marks import SPACED, signs_of, stand_at
from ingest.readers.xlsx_strings import cut_out
from ingest.readers.xlsx_tree import name_of, parsed, text_of

if TYPE_CHECKING:
    import pyarrow as pa

#: bytes of the texts of a workbook, which are held while its sheets are read
MOST_TEXT = limit("FUPAN_BOOK_TEXT_BYTES", 1024**3)


def shared_texts(part: IO[bytes] | None) -> pa.Array:
    """All of them in their order, as large_string; empty without a part. Raises Refused for damage, or beyond MOST_TEXT."""
    import pyarrow as pa

    found: list[pa.Array] = []
    size = 0
    blocks = Blocks(part, "sst", "si") if part is not None else ()
    for block in blocks:
        texts = _marked(block)
        if texts is None:
            texts = pa.array([text_of(item) for item in parsed(blocks, block) if name_of(item) == "si"], pa.string())
        found.append(texts.cast(pa.large_string()))
        size += texts.nbytes
        if size > MOST_TEXT:
            raise Refused(f"the texts of the workbook take more than {MOST_TEXT:,} bytes", hint="export it as .csv, or in parts; a .csv may have any size")  # fmt: skip
    return pa.concat_arrays(found) if found else pa.array([], pa.large_string())


def _marked(block: bytes) -> pa.Array | None:
    """The texts of `<si><t>...</t></si>` one after the other; None when anything has another shape."""
    import numpy as np

    if b"\r" in block:
        return None
    signs, tags = signs_of(block)
    if len(tags) % 4:
        return None
    item, text, text_end, item_end = tags.reshape(-1, 4).T
    is_spaced = stand_at(signs, text, SPACED)
    start = np.where(is_spaced, text + len(SPACED), text + 3)
    shaped = (
        stand_at(signs, item, b"<si>") & (text == item + 4) & (is_spaced | stand_at(signs, text, b"<t>")) & stand_at(signs, text_end, b"</t>")
        & (item_end == text_end + 4) & stand_at(signs, item_end, b"</si>")
    )  # fmt: skip
    return cut_out(block, start, text_end) if shaped.all() else None
