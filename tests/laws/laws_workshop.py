"""Lands files in a given order and builds marts from them, always in the same folder, so that dbt's parse is shared."""

from __future__ import annotations

import datetime as dt
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path

#: tmp holds dbt's parse; state the pseudonym key, without which no two builds could be compared
_KEPT = ("tmp", "state")


class Workshop:
    """A FUPAN_HOME that is emptied and filled again.

    Its builds run the models alone: dbt's own tests, which other tests run, take half of the time and change no row.
    """

    def __init__(self, home: Path) -> None:
        from warehouse import candidate

        candidate.LEFT_OUT = candidate.BUT_MODELS
        self.home = home
        self.runs = 0

    def empty(self) -> None:
        """Remove everything but dbt's parse and the pseudonym key."""
        for entry in self.home.iterdir() if self.home.exists() else ():
            if entry.name not in _KEPT:
                shutil.rmtree(entry)

    def keep(self, name: str) -> None:
        """Keep the home as it is, without what `empty` leaves."""
        kept = self.home.with_name(name)
        shutil.rmtree(kept, ignore_errors=True)
        kept.mkdir()
        for entry in self.home.iterdir():
            if entry.name not in _KEPT:
                subprocess.run(["cp", "-a", "--reflink=auto", entry, kept], check=True)

    def put_back(self, name: str) -> None:
        """Have the home as it was kept under this name."""
        self.empty()
        for entry in self.home.with_name(name).iterdir():
            subprocess.run(["cp", "-a", "--reflink=auto", entry, self.home], check=True)

    def land(self, files: Iterable[tuple[str, str, Path]]) -> list:
        """Land (source, dataset, path) in this order; returns the ledger rows."""
        from ingest.landing import land_file

        return [land_file(path, source, dataset, self.home) for source, dataset, path in files]

    def land_together(self, files: Iterable[tuple[str, str, Path]]) -> list:
        """The same as an inbox is landed: dataset by dataset, small files together, which takes a fifth of the time."""
        from ingest.contract import load_contract
        from ingest.given import plain
        from ingest.landing import Landing

        by_dataset: dict[tuple[str, str], list[Path]] = {}
        for source, dataset, path in files:
            by_dataset.setdefault((source, dataset), []).append(path)
        with Landing(self.home) as room:
            return [
                load
                for dataset, paths in by_dataset.items()
                for _, load in room.land_all(map(plain, paths), load_contract(*dataset))
            ]

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

        import duckdb

        from ingest import ledger
        from ingest.locks import scratch_folder
        from warehouse import steps
        from warehouse.layout import candidate_file
        from warehouse.spare_build import keep_build

        loads = [x for x in ledger.read_loads(self.home) if x.status == "loaded" and not x.gate]
        with scratch_folder(self.home, "gate") as scratch, duckdb.connect(config={"threads": 1}) as connection:
            ledger.write_loads(self.home, [replace(x, gate="passed") for x in loads], scratch / "rows", connection)
        self.runs += 1
        built = steps.build_candidate(f"run{self.runs}", as_of, home=self.home)
        keep_build(self.home, candidate_file(self.home, f"run{self.runs}"))
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
