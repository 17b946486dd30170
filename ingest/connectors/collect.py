"""Reading a window whole: every row once, as many as the platform states, or a loud failure. No partial window is ever kept."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any

from ingest.connectors.http import JsonApi, Request
from ingest.connectors.paging import Paging
from ingest.errors import FetchFailed

READINGS = 4

Key = Callable[[Any], Hashable]
Build = Callable[[dict[str, Any], int], Request]


@dataclass(frozen=True)
class Window:
    """The answers of one window, page by page, and the moment at which the first was given (Beijing).

    The first, since rows of a later page may be newer than that, but none is older.
    """

    answers: list[dict[str, Any]]
    at: dt.datetime
    rows: int


class Drift(Exception):
    """The pages of one reading do not agree with each other."""


def collect(api: JsonApi, build: Build, paging: Paging, key: Key, *, what: str, readings: int = READINGS) -> Window:
    """Read all pages of a window. `build(page parameters, reading)` makes the request of a page; readings count from 0, so that a
    window can be asked again a little wider (overlap); `key` tells rows apart; `what` names the window in errors.

    A row that comes twice is kept once, in its later form. When a reading drifts (a row moves between pages, the total changes, a
    page comes empty or repeats), the window is read again; when no reading agrees, FetchFailed.
    """
    why, before = "", None
    for reading in range(readings):
        try:
            pages, at = _read(api, build, paging, key, reading, what)
        except Drift as drift:
            why = str(drift)
            continue
        stated = {total for page in pages if (total := paging.total(page)) is not None}
        keys = [key(row) for page in pages for row in paging.rows(page) or []]
        distinct = set(keys)
        if len(stated) > 1:
            why = f"the total changed between {min(stated):,} and {max(stated):,}"
        elif stated and len(distinct) != max(stated):
            why = f"{len(distinct):,} rows came, {max(stated):,} are stated"
        elif not stated and (doubt := _doubt(paging, pages, len(keys) - len(distinct))) and distinct != before:
            why, before = (
                f"{doubt}, and no total tells whether rows are missing",
                distinct,
            )  # a second reading may say the same
        else:
            drop_twins(paging, pages, key)
            return Window(pages, at, len(distinct))
    raise FetchFailed(
        f"{what}: the pages never agreed with the stated total or with each other in {readings} readings ({why}); "
        "nothing of it was kept. Next: run the pull again later"
    )


def _read(
    api: JsonApi, build: Build, paging: Paging, key: Key, reading: int, what: str
) -> tuple[list[dict[str, Any]], dt.datetime]:
    pages: list[dict[str, Any]] = []
    seen: set[Hashable] = set()
    asked: set[tuple] = set()
    parameters: dict[str, Any] | None = paging.start()
    moment, read = None, 0
    while parameters is not None:
        asked.add(tuple(sorted((name, str(value)) for name, value in parameters.items())))
        answer = api.ask(build(parameters, reading))
        moment = moment or answer.at
        rows = paging.rows(answer.body)
        try:
            keys = {key(row) for row in rows}  # type: ignore[union-attr]
        except (KeyError, TypeError, AttributeError):
            raise FetchFailed(
                f"{what}: the answer has no list of rows of the documented form. Next: compare it with the platform's list of fields"
            ) from None
        if rows and keys <= seen:
            raise Drift("a page brought no new row (the next page loops)")
        seen |= keys
        read += len(rows)
        pages.append(answer.body)
        parameters = paging.after(parameters, answer.body, read)
        if parameters and tuple(sorted((name, str(value)) for name, value in parameters.items())) in asked:
            raise Drift("the next page is one that was read before")
    return pages, moment


def _doubt(paging: Paging, pages: list[dict[str, Any]], twins: int) -> str:
    """What speaks against a reading whose platform states no total."""
    if twins:
        return "a row came twice"
    empty = any(not paging.rows(page) and paging.promises(page) for page in pages)
    return "an empty page promised more" if empty else ""


def drop_twins(paging: Paging, pages: list[dict[str, Any]], key: Key) -> None:
    """Keep each row once, in the last of the pages that hold it."""
    later: set[Hashable] = set()
    for page in reversed(pages):
        rows = paging.rows(page) or []
        kept = []
        for row in reversed(rows):
            if key(row) not in later:
                later.add(key(row))
                kept.append(row)
        if len(kept) < len(rows):
            paging.keep(page, kept[::-1])
