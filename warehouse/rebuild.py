"""`fupan rebuild`: everything but the original bytes and the ledger is made again, and must say what it said."""

from __future__ import annotations

import datetime as dt
import shutil
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from ingest.clock import run_name
from ingest.locks import scratch_folder
from ingest.rederive import Rederived, rederive
from warehouse import steps
from warehouse.errors import BuildFailed
from warehouse.hashes import publication_hashes
from warehouse.layout import candidate_file, current_version, served_link


@dataclass
class Rebuilt:
    """What came of it. compared: tables of the served publication and of the rebuilt one; differing: those that are not equal."""

    loads: list[Rederived] = field(default_factory=list)
    compared: int = 0
    differing: list[str] = field(default_factory=list)
    before: str = ""
    published: str = ""

    @property
    def outcomes(self) -> dict[str, int]:
        """Loads by outcome."""
        return dict(Counter(x.outcome for x in self.loads))


def rebuild(home: Path, as_of: dt.date | None, *, check: bool, teller) -> Rebuilt:
    """Derive raw again from landing, build afresh, and publish; with `check`, do so in a workshop, compare, and change nothing.

    as_of: business day to look up to (default: that of the served publication, else the last in the data). Raises BuildFailed when
    the original of a load is gone from landing and its rows from raw, Busy when another run is at work, GateFailed by the gate.
    """
    current = current_version(home)
    told = Rebuilt(before=current.stem.removeprefix("marts_") if current else "")
    served = publication_hashes(current, ("marts",)) if current else {}
    day = as_of or (_day(current) if current else None)
    run_id = run_name("rebuild")
    if not check:
        _make(home, home, run_id, day, told, teller)
        with teller.step("publish"):
            told.published = steps.publish_candidate(run_id, home=home).version
        _compare(told, served, served_link(home))
        return told
    with scratch_folder(home, "rebuild") as shop:
        (shop / "state").symlink_to(home / "state")
        (shop / "landing").symlink_to(home / "landing")
        shutil.copytree(home / "ledger", shop / "ledger", dirs_exist_ok=True)
        _make(home, shop, run_id, day, told, teller)
        _compare(told, served, candidate_file(shop, run_id))
    return told


def _make(home: Path, target: Path, run_id: str, day: dt.date | None, told: Rebuilt, teller) -> None:
    with teller.step("read landing") as step:
        told.loads = rederive(home, target, lambda one: step.load(one.load))
    if lost := [x for x in told.loads if x.outcome == "lost"]:
        listed = "".join(f"\n  {x.load.source}.{x.load.dataset} {x.load.file_name} {x.load.load_id}: {x.why}" for x in lost[:10])  # fmt: skip
        raise BuildFailed(
            f"{len(lost)} load(s) are in the ledger, and neither in landing nor in raw:{listed}\n"
            "Next: put landing/ or raw/ back from the backup, or remove their rows from ledger/loads and export the files again"
        )
    with teller.step("build the marts") as step:
        steps.build_candidate(run_id, day, home=target, progress=step.node, rebuild=True)
    with teller.step("marts gate"):
        steps.check_candidate(run_id, home=target)


def _compare(told: Rebuilt, served: dict[str, str], rebuilt: Path) -> None:
    if served:
        found = publication_hashes(rebuilt, ("marts",))
        told.compared = len(served.keys() | found.keys())
        told.differing = sorted(t for t in served.keys() | found.keys() if served.get(t) != found.get(t))


def _day(version: Path) -> dt.date | None:
    import duckdb

    with duckdb.connect(str(version), read_only=True) as connection:
        row = connection.execute("select as_of from ops.publications where version = ?", [version.stem.removeprefix("marts_")])  # fmt: skip
        found = row.fetchone()
    return found[0] if found else None
