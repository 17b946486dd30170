"""One whole run without Airflow: every source's pull, then build, check and publish."""

from __future__ import annotations

import datetime as dt
import hashlib
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ingest import ledger
from ingest.clock import beijing_now, run_name
from ingest.locks import exclusive
from ingest.pipeline import pull
from ingest.registry import sources
from ingest.retry import finish_retries, pending
from warehouse import steps
from warehouse.candidate import visible_loads
from warehouse.continuing import model_files
from warehouse.layout import current_version
from warehouse.publication import Publication, note_build, read_note


@dataclass
class Outcome:
    """What a run did. seconds: by step; problems: sources that could not be pulled, with their errors."""

    loads: list[ledger.Load] = field(default_factory=list)
    problems: dict[str, str] = field(default_factory=dict)
    checks: list = field(default_factory=list)
    publication: Publication | None = None
    unchanged: bool = False
    seconds: dict[str, float] = field(default_factory=dict)

    @property
    def refused(self) -> list[ledger.Load]:
        """The files that were refused."""
        return [x for x in self.loads if x.status == "refused"]

    def as_dict(self) -> dict[str, Any]:
        """For --json."""
        return {
            "loads": [vars(x) for x in self.loads], "problems": self.problems, "unchanged": self.unchanged, "seconds": self.seconds,
            "publication": vars(self.publication) if self.publication else None,
            "checks_failed": [c.to_row() for c in self.checks if not c.passed],
        }  # fmt: skip


def run_all(home: Path, as_of: dt.date | None, since: dt.date | None, *, force: bool, teller) -> Outcome:
    """Pull, build, check, publish; a source that fails does not keep the others from being published.

    With no new load, the same day and the same models as the publication that is served, nothing is built (unless `force`).
    """
    outcome = Outcome()
    day = as_of or beijing_now().date() - dt.timedelta(days=1)
    for source in sources():
        with _timed(outcome, f"pull_{source.name}"), teller.step(f"pull {source.name}") as step:
            try:
                result = pull(source.name, day, home=home, since=since, progress=step.load, say=step.note)
                outcome.loads += result.loads
                outcome.checks += result.checks
            except Exception as problem:
                outcome.problems[source.name] = f"{type(problem).__name__}: {problem}"
                step.failed(outcome.problems[source.name])
    if pending(home):  # a retry that was cut off: what it had ready belongs to this run
        with exclusive(home, steps.LOCK):
            finish_retries(home)
    inputs = fingerprint(home, as_of)
    if not force and current_version(home) and last_inputs(home) == inputs:
        outcome.unchanged = True
        return outcome
    run_id = run_name("run")
    with _timed(outcome, "build"), teller.step("build the marts") as step:
        steps.build_candidate(run_id, as_of, home=home, progress=step.node)
    with _timed(outcome, "check"), teller.step("marts gate"):
        outcome.checks += steps.check_candidate(run_id, home=home)
    with _timed(outcome, "publish"), teller.step("publish"):
        outcome.publication = steps.publish_candidate(run_id, home=home)
    note_build(home, "last", inputs=inputs, version=outcome.publication.version)
    return outcome


class _timed:
    def __init__(self, outcome: Outcome, name: str) -> None:
        self.outcome, self.name = outcome, name

    def __enter__(self) -> None:
        self.started = time.perf_counter()

    def __exit__(self, *_: object) -> None:
        self.outcome.seconds[self.name] = round(time.perf_counter() - self.started, 3)


def fingerprint(home: Path, as_of: dt.date | None) -> str:
    """What a publication is made of: its loads (and what was retried or dropped of them), its day, the models and the seeds, the company's too."""
    digest = hashlib.sha256(str(as_of).encode())
    for load in sorted(ledger.read_loads(home), key=lambda x: x.load_id):
        if load.status == "loaded" or load.dropped_at:
            digest.update(f"{load.load_id} {load.retried_at} {load.dropped_at} {load.rewritten_at}\n".encode())
    for path in model_files():
        digest.update(path.read_bytes())
    return digest.hexdigest()


def last_inputs(home: Path) -> str | None:
    """The fingerprint of the last publication of `fupan run`, if it is the one that is served and nothing else was loaded."""
    try:
        note = read_note(home, "last")
    except FileNotFoundError:
        return None
    current = current_version(home)
    return (
        note["inputs"]
        if current and current.name == f"marts_{note['version']}.duckdb" and visible_loads(home)
        else None
    )
