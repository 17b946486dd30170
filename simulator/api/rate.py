"""Rate limit: so many requests a second for one interface. The only thing in the simulator that uses a real clock."""

import time
from collections import deque
from threading import Lock


class RateLimit:
    """At most `per_second` requests in any one second; 0 means no limit."""

    def __init__(self, per_second: int) -> None:
        self.per_second = per_second
        self._times: deque[float] = deque()
        self._lock = Lock()

    def allows(self) -> bool:
        """Counts one request; False when it is one too many (it is then not counted)."""
        if self.per_second == 0:
            return True
        with self._lock:
            now = time.monotonic()
            while self._times and now - self._times[0] >= 1.0:
                self._times.popleft()
            if len(self._times) >= self.per_second:
                return False
            self._times.append(now)
            return True
