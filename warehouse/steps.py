"""The steps of a run: build the candidate, check it, publish it. Airflow's tasks and `fupan run` call the same three."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path

from ingest.home import fupan_home
from ingest.locks import exclusive
from warehouse.candidate import Built, make_candidate
from warehouse.errors import GateFailed
from warehouse.layout import candidate_file, safe_run_id, version_file
from warehouse.publication import Publication, note_build, publish, read_note

LOCK = "warehouse"


def next_fence(home: Path) -> int:
    """A number that grows with every build that is started; call under the lock."""
    path = home / "warehouse" / "fence"
    path.parent.mkdir(parents=True, exist_ok=True)
    number = int(path.read_text()) + 1 if path.exists() else 1
    beside = path.with_name(".fence.tmp")
    beside.write_text(str(number))
    beside.replace(path)
    return number


def build_candidate(
    run_id: str,
    as_of: dt.date | None,
    *,
    home: Path | None = None,
    progress: Callable[[str], None] | None = None,
    rebuild: bool = False,
) -> Built:
    """Build warehouse/candidate_<run_id>.duckdb from every load that passed its gate. Raises BuildFailed.

    It continues the last build where it can, and computes everything from raw otherwise, or when `rebuild`.

    Loads that were landed but not gated yet (by `fupan load`) pass the landing gate first.
    """
    home = fupan_home(home)
    from ingest.pipeline import gate
    from ingest.retry import finish_retries

    with exclusive(home, LOCK):
        fence = next_fence(home)
        finish_retries(home)
        gate(home)
        built = make_candidate(home, safe_run_id(run_id), as_of, progress, rebuild=rebuild)
        note_build(
            home, run_id, fence=fence, as_of=as_of and as_of.isoformat(), input_loads=built.loads, models=built.nodes
        )
    return built


def check_candidate(run_id: str, *, home: Path | None = None) -> list:
    """Pass the candidate through the marts gate; returns the results. Raises GateFailed when a check blocks."""
    home = fupan_home(home)
    from expectations.marts_gate import run_marts_gate
    from expectations.result import blocking, format_failures, summary
    from ingest.quality import keep_results

    with exclusive(home, LOCK):
        note = read_note(home, run_id)
        as_of = dt.date.fromisoformat(note["as_of"]) if note["as_of"] else None
        results = run_marts_gate(candidate_file(home, run_id), run_id=run_id, as_of=as_of, home=home)
        keep_results(home, f"marts_{run_id}", results)
        counts = summary(results)
        stops = blocking(results)
        note_build(
            home,
            run_id,
            **note
            | {
                "checked": not stops,
                "checks_passed": counts["passed"],
                "checks_failed": counts["failed_block"] + counts["failed_warn"],
            },
        )
    if stops:
        raise GateFailed(
            f"{len(stops)} blocking check(s) of the marts gate failed; the last publication stays.\n{format_failures(stops)}"
        )
    return results


def publish_candidate(run_id: str, *, home: Path | None = None) -> Publication:
    """Publish a candidate that passed its gate. Raises Superseded, or GateFailed when it has not passed."""
    home = fupan_home(home)
    with exclusive(home, LOCK):
        note = read_note(home, run_id)
        if not note.get("checked"):
            raise GateFailed(f"candidate {run_id} has not passed the marts gate. Next: run the check step first")
        if not candidate_file(home, run_id).exists() and version_file(home, run_id).exists():
            return _published_already(home, run_id)
        return publish(
            home, run_id, fence=note["fence"], as_of=dt.date.fromisoformat(note["as_of"]) if note["as_of"] else None,
            checks_passed=note["checks_passed"], checks_failed=note["checks_failed"], input_loads=note["input_loads"],
        )  # fmt: skip


def _published_already(home: Path, run_id: str) -> Publication:
    """A retry after the step had finished: what it published stands."""
    import duckdb

    with duckdb.connect(str(version_file(home, run_id)), read_only=True) as connection:
        row = connection.execute(
            "select version, fence, as_of, published_at, models, checks_passed, checks_failed, input_loads, rows from ops.publications where version = ?",
            [run_id],
        )
        return Publication(*row.fetchone())
