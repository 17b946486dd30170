"""Faults of a real API, each striking once, at a request for data that is known beforehand."""

from collections.abc import Iterable
from threading import Lock

FAULTS: dict[str, str] = {
    "http_429": "HTTP 429 with Retry-After: 1",
    "http_500": "HTTP 500 with a text body",
    "html": "HTTP 200 with an HTML page instead of JSON",
    "error_code": "HTTP 200 with a final error code in the envelope",
    "busy_code": "HTTP 200 with an error code that passes",
    "slow": "the answer takes some seconds",
    "reset": "the connection is reset in place of an answer",
    "cut": "the answer breaks off in the middle",
    "expired_token": "the access token expires before its time",
    "empty_page": "a later page is empty although more rows are promised",
    "duplicate_row": "a page holds one of its rows twice",
    "moved_row": "a later page begins with the last row of the page before, and lacks its own last",
    "total_change": "a later page states one row more",
    "page_drift": "a row was added at the front while the pages were read: a moved row and a grown total",
    "looping_page": "a later page is the page before once more",
}
LATER_PAGE_ONLY = frozenset({"page_drift", "empty_page", "moved_row", "total_change", "looping_page"})
PAGE_FAULTS = LATER_PAGE_ONLY | {"duplicate_row"}
FIRST_REQUEST = 2
EVERY = 3


class FaultPlan:
    """Strikes with the chosen faults in their given order: at requests for data 2, 5, 8, ...

    on: only requests whose path holds this text are counted and struck. A fault of a later page waits for the next request
    for one. Raises ValueError for an unknown fault.
    """

    def __init__(self, faults: Iterable[str] = (), on: str = "") -> None:
        chosen = [name for name in faults if name]
        unknown = sorted(set(chosen) - FAULTS.keys())
        if unknown:
            raise ValueError(f"unknown fault {', '.join(unknown)}; known: {', '.join(FAULTS)}")
        self._waiting = [(FIRST_REQUEST + EVERY * i, name) for i, name in enumerate(chosen)]
        self._on = on
        self._requests = 0
        self._lock = Lock()

    def strike(self, path: str, later_page: bool) -> str | None:
        """The fault that this request for data meets, or None; counts the request."""
        if self._on not in path:
            return None
        with self._lock:
            self._requests += 1
            for position, (due, name) in enumerate(self._waiting):
                if self._requests >= due and (later_page or name not in LATER_PAGE_ONLY):
                    del self._waiting[position]
                    return name
        return None

    @property
    def left(self) -> list[str]:
        """The faults that have not struck yet."""
        return [name for _, name in self._waiting]
