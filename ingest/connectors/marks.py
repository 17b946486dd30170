"""How far changes have been fetched: what is asked for by the time of its last change need not be asked for twice."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from pathlib import Path

from ingest.connectors.lookback import Days
from ingest.home import replacing

OVERLAP = dt.timedelta(hours=1)  # asked again before the mark: a platform's index may lag behind its clock


@dataclass(frozen=True)
class Mark:
    """state/fetched/<name>.json: the moment up to which every change lies in the inbox or beyond it (Beijing)."""

    home: Path
    name: str

    @property
    def path(self) -> Path:
        """Where the mark lies."""
        return self.home / "state" / "fetched" / f"{self.name}.json"

    def read(self) -> dt.datetime | None:
        """The mark, or None before the first fetch."""
        return dt.datetime.fromisoformat(json.loads(self.path.read_text())["until"]) if self.path.exists() else None

    def move(self, until: dt.datetime) -> None:
        """Set the mark, unless it is further already; call it when the files up to `until` are in the inbox."""
        held = self.read()
        if held is None or until > held:
            with replacing(self.path) as temporary:
                temporary.write_text(json.dumps({"until": until.isoformat()}))

    def days(self, look_back: int, business_day: dt.date, since: dt.date | None) -> Days:
        """(first, last) days to ask for: from the mark on, at least the business day, at most the look-back; or from `since`."""
        if since:
            return since, business_day
        held, earliest = self.read(), business_day - dt.timedelta(days=max(1, look_back) - 1)
        if held is None:
            return earliest, business_day
        return max(earliest, min((held - OVERLAP).date(), business_day)), business_day
