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

    def continue_build(self, as_of: dt.date | None = None) -> str | None:
        """Build and keep the build for the next; returns why it was rebuilt, None if it continued the last.

        The landing gate is passed unseen: it is the same for both sides, and most of the time.
        """
        from dataclasses import replace

        from ingest import ledger
        from ingest.home import put_in_place
        from warehouse import steps
        from warehouse.layout import build_file, candidate_file

        for load in ledger.read_loads(self.home):
            if load.status == "loaded" and not load.gate:
                ledger.write_load(self.home, replace(load, gate="passed"))
        self.runs += 1
        built = steps.build_candidate(f"run{self.runs}", as_of, home=self.home)
        put_in_place(candidate_file(self.home, f"run{self.runs}"), build_file(self.home))
        return built.rebuilt_because

    def differences_to_rebuild(self, as_of: dt.date | None = None) -> dict[str, list]:
        """Table -> some of the rows that only the continued build (-) or only a rebuild (+) has; empty when they are equal."""
        from warehouse import steps
        from warehouse.hashes import publication_hashes
        from warehouse.layout import build_file, candidate_file

        schemas = ("staging", "intermediate", "marts")
        self.runs += 1
        steps.build_candidate(f"run{self.runs}", as_of, home=self.home, rebuild=True)
        rebuilt = candidate_file(self.home, f"run{self.runs}")
        wanted, found = publication_hashes(rebuilt, schemas), publication_hashes(build_file(self.home), schemas)
        assert len(wanted) > 40
        # a kind of touch that was seen once stays in the list of kinds: nothing reads it without such a touch
        compared = (wanted.keys() | found.keys()) - {"intermediate.int_touch_channels"}
        differing = [t for t in sorted(compared) if wanted.get(t) != found.get(t)]
        return {table: _rows_apart(build_file(self.home), rebuilt, table) for table in differing}

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


def _rows_apart(continued: Path, rebuilt: Path, table: str, limit: int = 3) -> list:
    import duckdb

    with duckdb.connect() as connection:
        connection.execute(f"attach '{continued}' as a (read_only); attach '{rebuilt}' as b (read_only)")
        return [
            (sign, row)
            for sign, one, other in (("-", "a", "b"), ("+", "b", "a"))
            for row in connection.execute(
                f"from {one}.{table} except all from {other}.{table} limit {limit}"
            ).fetchall()
        ]
