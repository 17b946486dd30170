"""Columns of text, made by the column: numbers, money, times and choices as Arrow strings."""

import json

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from simulator.frame import NONE

TEXT = pa.large_string()
_TWO = pa.array([f"{i:02d}" for i in range(100)], TEXT)


def const(value: str, rows: int) -> pa.Array:
    """`value` on every row."""
    return pa.repeat(pa.scalar(value, TEXT), rows)


def numbers(values: np.ndarray) -> pa.Array:
    """Integers as decimal text."""
    return pa.array(np.asarray(values).astype(np.int64)).cast(TEXT)


def pick(codes: np.ndarray, words: list[str] | tuple[str, ...], none: str = "") -> pa.Array:
    """The word of each code; `none` for NONE (-1)."""
    codes = np.asarray(codes)
    index = np.where(codes == NONE, len(words), codes)
    return pa.array([*words, none], TEXT).take(pa.array(index))


def money(fen: np.ndarray, commas: bool = False) -> pa.Array:
    """Fen as yuan with two decimals; with thousands commas when asked. Amounts may not be negative."""
    fen = np.asarray(fen).astype(np.int64)
    if len(fen) and fen.min() < 0:
        raise ValueError("negative amount")
    plain = join(numbers(fen // 100), ".", _TWO.take(pa.array(fen % 100)))
    large = np.flatnonzero(fen >= 100_000) if commas else []
    if not len(large):
        return plain
    written = plain.to_numpy(zero_copy_only=False)
    for row in large:
        written[row] = f"{int(fen[row]) // 100:,}.{int(fen[row]) % 100:02d}"
    return pa.array(written, TEXT)


def signed_money(fen: np.ndarray) -> pa.Array:
    """Fen as yuan with two decimals, a minus before what is below zero."""
    fen = np.asarray(fen).astype(np.int64)
    return join(where(fen < 0, "-", ""), money(np.abs(fen)))


def stamps(seconds: np.ndarray, none: str = "") -> pa.Array:
    """Wall seconds as YYYY-MM-DD HH:MM:SS; `none` for NONE (-1)."""
    seconds = np.asarray(seconds).astype(np.int64)
    written = pa.array(seconds.astype("datetime64[s]")).cast(TEXT)
    return where(seconds == NONE, none, written)


def hexes(tokens: np.ndarray) -> pa.Array:
    """uint64 as 16 hex digits."""
    digits = tokens.astype(">u8").tobytes().hex().encode()
    return pa.array(np.frombuffer(digits, "S16")).cast(pa.large_binary()).cast(TEXT)


def where(mask: np.ndarray, yes: pa.Array | str, no: pa.Array | str) -> pa.Array:
    """`yes` where the mask holds, else `no`; either may be one text for all rows."""
    yes, no = (pa.scalar(side, TEXT) if isinstance(side, str) else side for side in (yes, no))
    return pc.if_else(pa.array(np.asarray(mask, bool)), yes, no)


def join(*parts: pa.Array | str, glue: str = "") -> pa.Array:
    """The parts side by side on every row, `glue` between them."""
    merged: list[pa.Array | str] = []
    for part in parts:
        # Fixed texts that stand side by side are one text: every part costs a pass over the rows.
        if not glue and merged and isinstance(part, str) and isinstance(merged[-1], str):
            merged[-1] += part
        else:
            merged.append(part)
    scalars = [pa.scalar(part, TEXT) if isinstance(part, str) else part for part in merged]
    return _flat(pc.binary_join_element_wise(*scalars, pa.scalar(glue, TEXT)))


def fold(items: pa.Array, counts: np.ndarray, glue: str = ",") -> pa.Array:
    """Groups of consecutive items as one text each; `counts` says how many items each group holds (0 gives "")."""
    offsets = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    lists = pa.LargeListArray.from_arrays(pa.array(offsets), items)
    return _flat(pc.binary_join(lists, pa.scalar(glue, TEXT)))


def quoted(words: list[str] | tuple[str, ...]) -> list[str]:
    """Words as JSON strings, Chinese kept as it is."""
    return [json.dumps(word, ensure_ascii=False) for word in words]


def json_objects(**fields: pa.Array | str) -> pa.Array:
    """One JSON object a row; every field is ready JSON (numbers, quoted text, arrays), a column or one text for all."""
    return join("{", *json_fields(**fields), "}")


def json_fields(**fields: pa.Array | str) -> list[pa.Array | str]:
    """What stands between the braces of `json_objects`, to be joined."""
    parts: list[pa.Array | str] = []
    for position, (name, value) in enumerate(fields.items()):
        parts += [("," if position else "") + f'"{name}":', value]
    return parts


def packed(column: pa.Array) -> bytes:
    """All texts of the column one after the other, as UTF-8."""
    if not len(column):
        return b""
    _, ends, data = column.buffers()
    low, high = np.frombuffer(ends, np.int64, len(column) + 1, column.offset * 8)[[0, -1]].tolist()
    return memoryview(data)[low:high].tobytes()


def strings(column: pa.Array) -> pa.Array:
    """A column of plain text (no quotation mark, backslash or control character in it) as JSON strings."""
    return join('"', column, '"')


def _flat(column: pa.Array | pa.ChunkedArray) -> pa.Array:
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
