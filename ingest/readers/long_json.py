"""One JSON value that is too long to hold: an array is read element by element, an envelope without its list of items.

Files of pages or items, a line each, are read by lines and never come here; this is for an answer or an array in one piece.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

from ingest.errors import Refused
from ingest.protect import masked

_MARK = b"\xef\xbb\xbf"


class Items(list):
    """The list of items of an envelope, read from the file whenever it is gone through; it is never in memory."""

    def __init__(self, path: Path, prefix: str) -> None:
        super().__init__()
        self._path, self._prefix = path, prefix

    def __iter__(self) -> Iterator[Any]:
        return _elements(self._path, f"{self._prefix}.item")


def long_documents(path: Path, shape: dict[str, Any]) -> Iterator[Any]:
    """As `envelope.documents`, for a file of one value; in an envelope, `Items` stands where the contract says that items are.

    shape: the contract's `json` option. Raises Refused for what is not JSON.
    """
    with _opened(path) as file:
        first = file.read(1)
        while first.isspace():
            first = file.read(1)
    if first == b"[":
        yield from _elements(path, "item")
    else:
        yield _without_items(path, _places(shape))


def _places(shape: dict[str, Any]) -> set[str]:
    items = [p for p in shape["items"] if p != "$"]
    return {*items, *(f"{outer}.{p}" for outer in shape.get("unwrap", []) for p in items)}


def _opened(path: Path) -> BinaryIO:
    file = path.open("rb")
    if file.read(3) != _MARK:
        file.seek(0)
    return file


def _elements(path: Path, prefix: str) -> Iterator[Any]:
    import ijson

    with _opened(path) as file:
        try:
            yield from ijson.items(file, prefix, use_float=True)
        except (ijson.JSONError, UnicodeDecodeError) as problem:
            raise _not_json(problem) from None


def _without_items(path: Path, places: set[str]) -> Any:
    """The envelope, with `Items` in the place of the first list of items."""
    import ijson

    builder = ijson.ObjectBuilder()
    found, depth = "", 0
    with _opened(path) as file:
        try:
            for prefix, event, value in ijson.parse(file, use_float=True):
                if depth:
                    depth += (event in ("start_array", "start_map")) - (event in ("end_array", "end_map"))
                elif event == "start_array" and prefix in places and not found:
                    found, depth = prefix, 1
                    builder.event("null", None)
                else:
                    builder.event(event, value)
        except (ijson.JSONError, UnicodeDecodeError) as problem:
            raise _not_json(problem) from None
    document = builder.value
    if found:
        *outer, last = found.split(".")
        holder = document
        for step in outer:
            holder = holder[step]
        holder[last] = Items(path, found)
    return document


def _not_json(problem: Exception) -> Refused:
    # only the first line: what follows shows the data round the place
    why = masked(str(problem).splitlines()[0], limit=120)
    return Refused(f"not valid JSON: {why}", hint="the file is cut or is not JSON; download it again")
