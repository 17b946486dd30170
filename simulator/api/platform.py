"""What a platform is made of: its routes, how it wraps errors, how it checks who asks, and where its pages hold their rows."""

from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from simulator.api.oauth import Tokens
    from simulator.api.server import ApiServer
    from simulator.world import World


class Refusal(Exception):
    """An error answer: `code` of the platform's own list, and its message."""

    def __init__(self, code: Any, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message


@dataclass(frozen=True)
class Call:
    """One request: params of the query, json (the body, or None), form (fields of a form body), text (the body as it came)."""

    server: "ApiServer"
    platform: "Platform"
    method: str
    path: str
    params: dict[str, str]
    headers: Mapping[str, str]
    text: str = ""
    json: Any = None
    form: dict[str, str] = field(default_factory=dict)

    @property
    def world(self) -> "World":
        """The simulated company."""
        return self.server.world

    @property
    def as_of(self) -> date:
        """The last whole day that the platform knows of."""
        return self.server.as_of

    @property
    def now(self) -> int:
        """The world's clock, wall seconds."""
        return self.server.now

    @property
    def tokens(self) -> "Tokens":
        """The platform's tokens."""
        return self.server.tokens(self.platform.name)

    def require(self, kind: str, message: str, good: bool) -> None:
        """Raise the platform's error of that kind unless `good`."""
        if not good:
            raise Refusal(self.platform.codes[kind], message)


@dataclass(frozen=True)
class Pages:
    """Where an answer holds its rows and its total (dotted paths; None = it has none), and what a later page is.

    cursor: (path of the next cursor in an answer, name of the parameter that asks for it). other_rows: where else the rows may be,
    on platforms whose lists have many names.
    """

    rows: str
    later: Callable[[Call], bool]
    total: str | None = None
    cursor: tuple[str, str] | None = None
    other_rows: tuple[str, ...] = ()

    def place(self, body: dict) -> str:
        """The path at which this answer holds its rows."""
        for path in (self.rows, *self.other_rows):
            parent, _, name = path.rpartition(".")
            if name in (at(body, parent) if parent else body):
                return path
        raise KeyError(f"no rows at {self.rows}")


@dataclass(frozen=True)
class Route:
    """One interface. pages: given for data, where faults strike; open: no token is needed; limited: the rate limit counts it.

    named: the interface that a call is for, where many share a path; its rate, faults and pages are its own.
    """

    method: str
    path: str
    answer: Callable[[Call], dict]
    pages: Pages | None = None
    open: bool = False
    limited: bool = True
    named: Callable[[Call], str] | None = None

    def name(self, call: Call) -> str:
        """The interface's name, for rates, faults and what was asked."""
        return self.named(call) if self.named else self.path


@dataclass(frozen=True)
class Platform:
    """codes: the platform's own code of each kind: parameter (final), busy (passes), throttled, token.

    refuse(code, message): the body of an error answer; check(call): raises Refusal unless the caller proves who it is;
    credentials(server): what the user of this API is given, without the address.
    """

    name: str
    codes: Mapping[str, Any]
    refuse: Callable[[Any, str], dict]
    check: Callable[[Call], None]
    credentials: Callable[["ApiServer"], dict]
    routes: tuple[Route, ...]


def at(body: Any, path: str) -> Any:
    """The value at a dotted path."""
    for step in path.split("."):
        body = body[step]
    return body


def put(body: dict, path: str, value: Any) -> None:
    """Put a value at a dotted path."""
    parent, _, name = path.rpartition(".")
    (at(body, parent) if parent else body)[name] = value


def spoiled(body: dict, pages: Pages, fault: str | None, before: list, asked_cursor: Any) -> dict:
    """The body with a fault of its pages; `before` are the rows of the page before, `asked_cursor` the cursor of the request."""
    if fault is None:
        return body
    body = deepcopy(body)
    place = pages.place(body)
    rows = at(body, place)
    if fault == "empty_page":
        put(body, place, [])
    elif fault == "duplicate_row" and rows:
        put(body, place, [*rows, rows[0]])
    elif fault in ("moved_row", "page_drift") and before:
        put(body, place, [before[-1], *rows[:-1]])
    elif fault == "looping_page" and before:
        put(body, place, before)
        if pages.cursor:
            put(body, pages.cursor[0], asked_cursor)
    if fault in ("total_change", "page_drift") and pages.total:
        put(body, pages.total, at(body, pages.total) + 1)
    return body
