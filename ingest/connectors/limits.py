"""Rate limits: so many calls a second, and not the same thing too soon again."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from pathlib import Path

from ingest.home import replacing


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


@dataclass
class PerKey:
    """Each key (a tracking number) at most once in `seconds`; kept in a JSON file, so that it holds between runs.

    `at` is a moment in unix seconds. Keys whose interval is over are forgotten when the file is written.
    """

    path: Path
    seconds: float
    _last: dict[str, float] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._last = json.loads(self.path.read_text()) if self.path.exists() else {}

    def due(self, key: str, at: float) -> bool:
        """Whether the key may be asked again at `at`."""
        return at - self._last.get(key, float("-inf")) >= self.seconds

    def mark(self, key: str, at: float) -> None:
        """The key was asked at `at`."""
        self._last[key] = at

    def save(self, at: float) -> None:
        """Write what still holds at `at`, whole (mode 600)."""
        kept = {key: last for key, last in self._last.items() if at - last < self.seconds}
        with replacing(self.path) as temporary:
            temporary.touch(mode=0o600)
            temporary.write_text(json.dumps(kept))
