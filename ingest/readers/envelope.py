"""Out of the envelope: the items of a platform's answers, one JSON object a line, whatever they came wrapped in.

Handled in Python, a document at a time, because one page of an API can weigh a megabyte, and DuckDB works on two thousand
documents at once. Plain JSONL of items does not come here.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import parse_qs

from ingest.errors import Refused
from ingest.files import is_form
from ingest.protect import masked
from ingest.readers.long_json import long_documents

#: bytes of one value that are still held in memory as a whole
LONG = 64 * 1024 * 1024


@dataclass
class Unwrapped:
    """items: how many were written; largest: bytes of the largest; stated: the platform's own total, if it gives one;
    failed: (ordinal of the document, reason) of error answers among good ones."""

    items: int = 0
    largest: int = 0
    stated: int | None = None
    failed: list[tuple[int, str]] = field(default_factory=list)
    documents: int = 0


def documents(path: Path, shape: dict[str, Any] | None = None) -> Iterator[Any]:
    """The top-level values of a file: the values of JSONL line by line, else the elements of an array, or the one object.

    Callbacks come as form fields (param=...). A file whose first line is whole JSON is streamed, whatever its size, and so is
    one long value (ingest/readers/long_json.py). Raises Refused naming the line that is not JSON.
    """
    import orjson

    with _opened(path) as file:
        head = file.readline(LONG).strip()
        if not is_form(head):
            try:
                orjson.loads(head)
            except orjson.JSONDecodeError:
                file.seek(0)
                if path.stat().st_size > LONG and not isinstance(file, io.BytesIO):
                    yield from long_documents(path, shape or {"items": []})
                else:
                    yield from _one_value(file.read())
                return
        file.seek(0)
        for number, line in enumerate(file, 1):
            if not line.strip():
                continue
            try:
                value = orjson.loads(parse_qs(line.decode())["param"][0] if is_form(line) else line)
            except (orjson.JSONDecodeError, KeyError, UnicodeDecodeError) as error:
                hint = "the file is cut or is not JSON; download it again"
                raise Refused(f"not valid JSON: {masked(str(error), limit=120)}", line=number, hint=hint) from None
            yield from value if isinstance(value, list) else [value]


def _opened(path: Path) -> BinaryIO:
    """The file as UTF-8 bytes without a byte order mark."""
    file = path.open("rb")
    mark = file.read(3)
    file.seek(0)
    if mark == b"\xef\xbb\xbf" and path.stat().st_size > LONG:
        return file  # long_json.py passes over the mark
    if mark.startswith((b"\xff\xfe", b"\xfe\xff")):
        with file:
            return io.BytesIO(_from_utf16(file, path.stat().st_size))
    if mark == b"\xef\xbb\xbf":
        with file:
            return io.BytesIO(file.read().removeprefix(mark))
    return file


def _from_utf16(file: BinaryIO, size: int) -> bytes:
    if size > LONG:
        raise Refused(f"JSON of {size:,} bytes in UTF-16; the limit is {LONG:,}", hint="save it as UTF-8")
    try:
        return file.read().decode("utf-16").encode()
    except UnicodeError:
        raise Refused(
            "the file holds bytes that are not UTF-16: it was cut or joined", hint="download it again"
        ) from None


def _one_value(data: bytes) -> list[Any]:
    import orjson

    try:
        whole = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        hint = "the file is cut or is not JSON; download it again"
        raise Refused(
            f"not valid JSON: {masked(str(error), limit=120)}", line=data.count(b"\n", 0, error.pos) + 1, hint=hint
        ) from None
    return whole if isinstance(whole, list) else [whole]


def at(value: Any, path: str) -> Any:
    """The value at a dotted path, or None; text that is JSON itself (param of a push) is looked into."""
    import orjson

    for step in path.split("."):
        if isinstance(value, str) and value[:1] in "{[":
            try:
                value = orjson.loads(value)
            except orjson.JSONDecodeError:
                return None
        if not isinstance(value, dict):
            return None
        value = value.get(step)
    return value


def first(value: Any, paths: list[str]) -> Any:
    """The first value that is there at one of the paths."""
    return next((found for p in paths if (found := at(value, p)) is not None), None)


def problem_of(document: Any, shape: dict[str, Any]) -> str | None:
    """Why a document is an error answer (HTTP 200 with a code that is not good is one), or None.

    `code` is {path, ok}, or a list of them where answers of several systems load into one dataset.
    """
    codes, flag = shape.get("code") or [], shape.get("failFlag")
    codes = [codes] if isinstance(codes, dict) else codes
    found = [(at(document, c["path"]), c["ok"]) for c in codes]
    bad_codes = [str(value) for value, ok in found if value is not None and str(value) not in ok]
    stated = bad_codes[0] if bad_codes else next((value for value, _ in found if value is not None), None)
    if flag:
        bad = str(at(document, flag["path"])).lower() in flag["bad"]
    else:
        # an answer shows by the words that only answers have; `code` alone may be a field of an item
        words = ("data", "message", "msg", *(path.split(".")[0] for path in shape.get("message", ())))
        enveloped = isinstance(document, dict) and any(k in document for k in words)
        bad = enveloped and bool(bad_codes)
    if not bad:
        return None
    message = first(document, shape.get("message", [])) or "no message"
    return masked(
        f"the platform answered with an error: {message}" + (f" (code {stated})" if stated is not None else ""),
        limit=200,
    )


def items_of(document: Any, shape: dict[str, Any]) -> list[Any]:
    """The items that one document holds: the first declared path that is a list, else the document itself.

    An answer that states no items (a total of 0) may leave the list out.
    """
    stated = first(document, shape.get("total", []))
    for path in shape.get("unwrap", []):
        inner = at(document, path)
        if isinstance(inner, dict):
            document = inner
            break
    for path in shape["items"]:
        found = at(document, path) if path != "$" else None
        if isinstance(found, list):
            return found
    return [] if str(stated) == "0" else [document]


def carried(document: Any, shape: dict[str, Any]) -> dict[str, Any]:
    """What stands beside the items and belongs to each of them (the room, the account), by the contract's `carry`."""
    values = {name: first(document, paths) for name, paths in shape.get("carry", {}).items()}
    return {name: value for name, value in values.items() if value is not None}


def shaped(item: Any, beside: dict[str, Any], shape: dict[str, Any]) -> Any:
    """An item with what was carried to it (its own values win), the fields of its declared parts ({dimensions, metrics}) as its
    own, and its list under the name that the contract explodes."""
    if not isinstance(item, dict) or not (beside or shape.get("explodeAs") or shape.get("flatten")):
        return item
    for part in shape.get("flatten", []):
        if isinstance(item.get(part), dict):
            item = {**{k: v for k, v in item.items() if k != part}, **item[part]}
    item = {**beside, **{k: v for k, v in item.items() if v is not None or k not in beside}}
    explode = shape.get("explode")
    for other in shape.get("explodeAs", []):
        if explode not in item and isinstance(item.get(other), list):
            item[explode] = item.pop(other)
    return item


def unwrap(path: Path, shape: dict[str, Any], target: Path) -> Unwrapped:
    """Write the items of a file to `target`, one a line.

    Raises Refused for invalid JSON, for an error answer (unless the contract's failFlag makes it the fault of one item and
    others are good) and for fewer items than the platform states.
    """
    import orjson

    told = Unwrapped()
    with open(target, "wb") as out:
        for document in documents(path, shape):
            told.documents += 1
            why = problem_of(document, shape)
            if why and not shape.get("failFlag"):
                raise Refused(why, line=told.documents, hint="pull the day again; an error answer holds no data")
            if why:
                told.failed.append((told.documents, why))
                continue
            total = first(document, shape.get("total", []))
            if total is not None and str(total).isdigit():
                told.stated = max(told.stated or 0, int(total))
            beside = carried(document, shape)
            for item in items_of(document, shape):
                try:
                    line = orjson.dumps(shaped(item, beside, shape))
                except TypeError:
                    hint = "this is not how the platform answers; download it again"
                    raise Refused(
                        "not valid JSON: an item is nested too deeply", line=told.documents, hint=hint
                    ) from None
                told.items += 1
                told.largest = max(told.largest, len(line))
                out.write(line + b"\n")
    if told.failed and len(told.failed) == told.documents:
        raise Refused(
            told.failed[0][1], line=told.failed[0][0], hint="ask the platform again; no answer of the file holds data"
        )
    if told.stated is not None and told.items < told.stated:
        raise Refused(
            f"pages are missing: the platform states {told.stated:,} items, the file holds {told.items:,}",
            hint="pull the day again with all its pages",
        )
    return told
