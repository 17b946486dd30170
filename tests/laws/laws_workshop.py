"""Lands files in a given order and builds marts from them, always in the same folder, so that dbt's parse is shared."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Iterable
from pathlib import Path

#: tmp holds dbt's parse; state the pseudonym key, without which no two builds could be compared
_KEPT = ("tmp", "state")


class Workshop:
    """A FUPAN_HOME that is emptied and filled again."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.runs = 0

    def empty(self) -> None:
        """Remove everything but dbt's parse and the pseudonym key."""
        for entry in self.home.iterdir() if self.home.exists() else ():
            if entry.name not in _KEPT:
                shutil.rmtree(entry)

    def land(self, files: Iterable[tuple[str, str, Path]]) -> list:
        """Land (source, dataset, path) in this order; returns the ledger rows."""
        from ingest.landing import land_file

        return [land_file(path, source, dataset, self.home) for source, dataset, path in files]

    def build(self, as_of: dt.date | None = None) -> str:
        """Gate the loads and build a candidate; returns its run id."""
        from warehouse import steps

        self.runs += 1
        run_id = f"run{self.runs}"
        steps.build_candidate(run_id, as_of, home=self.home)
        return run_id

    def build_hashes(self) -> dict[str, str]:
        """Build, and hash every mart of the candidate."""
        from warehouse.hashes import publication_hashes
        from warehouse.layout import candidate_file

        return publication_hashes(candidate_file(self.home, self.build()), ("marts",))

    def publish(self) -> Path:
        """Build, check and publish; returns the served link."""
        from warehouse import steps
        from warehouse.layout import served_link

        run_id = self.build()
        steps.check_candidate(run_id, home=self.home)
        steps.publish_candidate(run_id, home=self.home)
        return served_link(self.home)
