"""Faults of a real API, each striking once, at a request that is known beforehand."""

from collections.abc import Iterable
from threading import Lock

FAULTS: dict[str, str] = {
    "http_429": "HTTP 429 with Retry-After: 1",
    "http_500": "HTTP 500 with a text body",
    "html": "HTTP 200 with an HTML page instead of JSON",
    "code_40000": "HTTP 200 with code 40000 in the envelope",
    "slow": "the answer takes some seconds",
    "page_drift": "a later page repeats a row of the page before and total_number has grown by one",
    "empty_page": "a later page is empty although page_info promises rows",
    "expired_token": "the access token expires before its time",
}
LATER_PAGE_ONLY = frozenset({"page_drift", "empty_page"})
FIRST_REQUEST = 2
EVERY = 3


class FaultPlan:
    """Strikes with the chosen faults in their given order: at report requests 2, 5, 8, ...

    A fault of a later page waits for the next request with page > 1. Raises ValueError for an unknown fault.
    """

    def __init__(self, faults: Iterable[str] = ()) -> None:
        chosen = [name for name in faults if name]
        unknown = sorted(set(chosen) - FAULTS.keys())
        if unknown:
            raise ValueError(f"unknown fault {', '.join(unknown)}; known: {', '.join(FAULTS)}")
        self._waiting = [(FIRST_REQUEST + EVERY * i, name) for i, name in enumerate(chosen)]
        self._requests = 0
        self._lock = Lock()

    def strike(self, page: int) -> str | None:
        """The fault that this report request meets, or None; counts the request."""
        with self._lock:
            self._requests += 1
            for position, (due, name) in enumerate(self._waiting):
                if self._requests >= due and (page > 1 or name not in LATER_PAGE_ONLY):
                    del self._waiting[position]
                    return name
        return None

    @property
    def left(self) -> list[str]:
        """The faults that have not struck yet."""
        return [name for _, name in self._waiting]
