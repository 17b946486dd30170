"""Texts of a workbook, cut out of its XML as one Arrow array, and freed of the spellings of XML and of workbooks."""

from __future__ import annotations

import re
from html import unescape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

_ENTITY = re.compile(r"&(?:(amp|lt|gt|quot|apos)|#(\d{1,7})|#x([0-9a-fA-F]{1,6}));")
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")


def cut_out(block: bytes, start: np.ndarray, end: np.ndarray) -> pa.Array | None:
    """The texts between these places, without the spellings of XML; None where they are no UTF-8 or hold an unknown entity."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    if not len(start):
        return pa.array([], pa.string())
    # one array of the texts and of what stands between them, over the block as it lies; then every other element of it
    edges = np.stack([start, end], axis=1).ravel().astype(np.int32)
    over = pa.StringArray.from_buffers(len(edges) - 1, pa.py_buffer(edges), pa.py_buffer(block))
    texts = over.take(pa.array(np.arange(0, len(edges) - 1, 2)))
    try:
        texts.validate(full=True)
    except pa.ArrowInvalid:
        return None
    for sign, plain in (("&", _without_entities), ("_x", without_escapes)):
        has = pc.match_substring(texts, sign)
        if pc.any(has).as_py():
            told = [plain(text) for text in texts.filter(has).to_pylist()]
            if None in told:
                return None
            texts = pc.replace_with_mask(texts, has, pa.array(told, pa.string()))
    return texts


def _without_entities(text: str) -> str | None:
    plain = _ENTITY.sub("", text)
    if "&" in plain or any(not _is_sign(int(d or h, 10 if d else 16)) for _, d, h in _ENTITY.findall(text) if d or h):
        return None
    return _ENTITY.sub(_sign, text)


def _sign(found: re.Match[str]) -> str:
    if found[1]:
        return unescape(f"&{found[1]};")
    return chr(int(found[2]) if found[2] else int(found[3], 16))


def _is_sign(number: int) -> bool:
    """Whether XML may hold it."""
    return number in (9, 10, 13) or 32 <= number < 0xD800 or 0xE000 <= number < 0xFFFE or 0x10000 <= number <= 0x10FFFF


def without_escapes(text: str) -> str:
    """A text with the signs that a workbook writes as _x000D_, since XML cannot."""
    return _ESCAPED.sub(lambda found: _sign_of(found[1], found[0]), text)


def _sign_of(digits: str, spelt: str) -> str:
    number = int(digits, 16)
    return spelt if 0xD800 <= number < 0xE000 else chr(number)
