"""Reading pages: by number (from 0 or 1), by offset, or by cursor. A strategy says what to ask next, and counts nothing itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from ingest.readers.envelope import at, first

Body = dict[str, Any]


class Paging(Protocol):
    """start: parameters of the first page; after: of the page after this one, None at the end; rows and total: of one page."""

    def start(self) -> dict[str, Any]:
        """Parameters of the first page."""

    def after(self, asked: dict[str, Any], body: Body, read: int) -> dict[str, Any] | None:
        """Parameters of the next page; `asked` were those of this one, `read` rows have been read with it."""

    def rows(self, body: Body) -> list[Any] | None:
        """The rows of one page; None when the answer has no list."""

    def keep(self, body: Body, rows: list[Any]) -> None:
        """Put rows in the place of the page's rows."""

    def total(self, body: Body) -> int | None:
        """How many rows the platform states for all pages, if it does."""

    def promises(self, body: Body) -> bool:
        """Whether the answer says that more rows follow."""


@dataclass(frozen=True)
class _Pages:
    """items: paths of the list, tried in turn (platforms rename it); totals: paths of the stated count."""

    items: Sequence[str]
    totals: Sequence[str] = ()

    def rows(self, body: Body) -> list[Any] | None:
        found = first(body, list(self.items))
        if found is None and self.total(body) == 0:
            return []  # servers written in Go answer null for an empty list
        return found if isinstance(found, list) else None

    def keep(self, body: Body, rows: list[Any]) -> None:
        path = next(p for p in self.items if isinstance(at(body, p), list))
        parent, _, name = path.rpartition(".")
        (at(body, parent) if parent else body)[name] = rows

    def total(self, body: Body) -> int | None:
        found = first(body, list(self.totals))
        return int(found) if found is not None and str(found).isdigit() else None

    def promises(self, body: Body) -> bool:
        return False


@dataclass(frozen=True)
class ByNumber(_Pages):
    """Pages numbered from `begin`. The end is told by `more` (has_next), else `pages` (total_page), else the total, else a short page.

    An empty page ends the reading, whatever is promised: the count tells whether rows are missing.
    """

    begin: int = 1
    page: str = "page"
    size: str = "page_size"
    per_page: int = 100
    pages: Sequence[str] = ()
    more: Sequence[str] = ()
    extra: dict[str, Any] = field(default_factory=dict)

    def start(self) -> dict[str, Any]:
        return {self.page: self.begin, self.size: self.per_page, **self.extra}

    def after(self, asked: dict[str, Any], body: Body, read: int) -> dict[str, Any] | None:
        rows = self.rows(body) or []
        following = asked | {self.page: asked[self.page] + 1}
        more, pages, total = first(body, list(self.more)), first(body, list(self.pages)), self.total(body)
        if not rows:
            return None
        if more is not None:
            ended = not self.promises(body)
        elif pages is not None and str(pages).isdigit():
            ended = asked[self.page] - self.begin + 1 >= int(pages)
        elif total is not None:
            ended = read >= total
        else:
            ended = len(rows) < self.per_page
        return None if ended else following

    def promises(self, body: Body) -> bool:
        return str(first(body, list(self.more))).lower() in ("true", "1")


@dataclass(frozen=True)
class ByOffset(_Pages):
    """Rows from an offset; the platform tells the next one (`following`), or it is offset + rows read until the total is reached."""

    offset: str = "offset"
    limit: str = "limit"
    per_page: int = 100
    following: Sequence[str] = ()

    def start(self) -> dict[str, Any]:
        return {self.offset: 0, self.limit: self.per_page}

    def after(self, asked: dict[str, Any], body: Body, read: int) -> dict[str, Any] | None:
        rows, total = self.rows(body) or [], self.total(body)
        told = first(body, list(self.following))
        if not rows or (total is not None and read >= total):
            return None
        if self.following and not told:
            return None
        if not self.following and total is None and len(rows) < self.per_page:
            return None
        return asked | {self.offset: int(told) if told else asked[self.offset] + len(rows)}

    def promises(self, body: Body) -> bool:
        return bool(first(body, list(self.following)))


@dataclass(frozen=True)
class ByCursor(_Pages):
    """A cursor in each answer asks for the next; an empty one is the end."""

    cursor: str = "cursor"
    following: Sequence[str] = ("next_cursor",)
    limit: str = "limit"
    per_page: int = 100

    def start(self) -> dict[str, Any]:
        return {self.cursor: "", self.limit: self.per_page}

    def after(self, asked: dict[str, Any], body: Body, read: int) -> dict[str, Any] | None:
        told = first(body, list(self.following))
        return asked | {self.cursor: told} if told else None

    def promises(self, body: Body) -> bool:
        return bool(first(body, list(self.following)))


@dataclass(frozen=True)
class OnePage(_Pages):
    """An answer without pages."""

    def start(self) -> dict[str, Any]:
        return {}

    def after(self, asked: dict[str, Any], body: Body, read: int) -> dict[str, Any] | None:
        return None
