"""Answers of paged APIs as JSON lines: items that come in parts, laid into pages of one size."""

from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
import pyarrow as pa

from simulator.text import TEXT, fold, join, numbers, packed

PAGES_AT_ONCE = 500


def write_pages(
    path: Path,
    parts: Iterable[pa.Array],
    size: int,
    head: Callable[[pa.Array, int], pa.Array | str],
    tail: str,
    *,
    total: int,
    first_page: int = 0,
) -> Path:
    """Writes one answer a line, `size` items each; returns the path.

    `head` makes what stands before the items from the page numbers (text, from `first_page` on) and how many pages
    there are; `tail` stands after them. No item at all gives one empty page. Raises ValueError when the parts do not
    hold the `total` that was announced.
    """
    pages = max(1, -(-total // size))
    page, seen, rest = first_page, 0, pa.array([], TEXT)
    path.parent.mkdir(parents=True, exist_ok=True)

    def lines(items: pa.Array, count: int) -> bytes:
        counts = np.full(count, size)
        counts[-1] = len(items) - size * (count - 1)
        known = numbers(np.arange(page, page + count))
        return packed(join(head(known, pages), fold(items, counts), tail, "\n"))

    with path.open("wb") as out:
        for part in parts:
            seen += len(part)
            rest = pa.concat_arrays([rest, part]) if len(rest) else part
            while len(rest) >= size:
                count = min(PAGES_AT_ONCE, len(rest) // size)
                out.write(lines(rest.slice(0, count * size), count))
                rest, page = rest.slice(count * size), page + count
        if seen != total:
            raise ValueError(f"{path.name}: {seen} items written of {total} announced")
        if len(rest) or not total:
            out.write(lines(rest, 1))
    return path
