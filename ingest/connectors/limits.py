"""Rate limits."""

from __future__ import annotations

import time
from dataclasses import dataclass


@dataclass
class PerSecond:
    """At most `rate` calls a second, evenly spaced: platforms count in windows that we cannot see."""

    rate: float
    _next: float = 0.0

    def __call__(self) -> None:
        """Sleep until the next call is due."""
        now = time.monotonic()
        if now < self._next:
            time.sleep(self._next - now)
        self._next = max(now, self._next) + 1.0 / self.rate
