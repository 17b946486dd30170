"""The steps of a run: build the candidate, check it, publish it. Airflow's tasks and `fupan run` call the same three."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path

from ingest.home import fupan_home, replacing
from ingest.locks import exclusive
from warehouse.candidate import Built, make_candidate
from warehouse.errors import GateFailed
from warehouse.layout import candidate_file, safe_run_id, version_file
from warehouse.publication import Publication, highest_fence, note_build, publish, read_note, refuse_superseded

LOCK = "warehouse"


def next_fence(home: Path) -> int:
    """A number that grows with every build that is started; call under the lock."""
    path = home / "warehouse" / "fence"
    # without the folder warehouse/, which may be deleted, the line of publications knows how far it was
    number = (int(path.read_text()) if path.exists() else highest_fence(home)) + 1
    with replacing(path) as temporary:
        temporary.write_text(str(number))
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
    from ingest.protect import refuse_cut_off
    from ingest.retry import finish_retries

    with exclusive(home, LOCK):
        refuse_cut_off(home)
        fence = next_fence(home)
        finish_retries(home)
        gate(home)
        built = make_candidate(home, safe_run_id(run_id), as_of, progress, rebuild=rebuild)
        note_build(
            home, run_id, fence=fence, as_of=as_of and as_of.isoformat(), input_loads=built.loads, models=built.nodes
        )
    return built


def check_candidate(run_id: str, *, home: Path | None = None) -> list:
    """Pass the candidate through the marts gate; returns the results.

    Raises GateFailed when a check blocks, Superseded when a build that was started later has been published meanwhile.
    """
    home = fupan_home(home)
    from expectations.marts_gate import run_marts_gate
    from expectations.result import blocking, format_failures, summary
    from ingest.quality import keep_results

    with exclusive(home, LOCK):
        note = read_note(home, run_id)
        refuse_superseded(home, note["fence"])  # whose publishing has taken this candidate away
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
        # the first line is all that an alert tells
        named = ", ".join(dict.fromkeys(f"{r.check} on {r.suite}" for r in stops))
        named = named if len(named) <= 200 else named[:199] + "…"
        raise GateFailed(
            f"{len(stops)} blocking check(s) of the marts gate failed ({named}); the last publication stays.\n{format_failures(stops)}"
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
            return _with_lists(home, _published_already(home, run_id))
        publication = publish(
            home, run_id, fence=note["fence"], as_of=dt.date.fromisoformat(note["as_of"]) if note["as_of"] else None,
            checks_passed=note["checks_passed"], checks_failed=note["checks_failed"], input_loads=note["input_loads"],
        )  # fmt: skip
        return _with_lists(home, publication)


def _with_lists(home: Path, publication: Publication) -> Publication:
    """The publication, after the lists for people were written beside it; a retry of the step writes them again."""
    from warehouse.delay_list import write_delay_list

    if publication.as_of:
        write_delay_list(home, version_file(home, publication.version), publication.as_of)
    return publication


def _published_already(home: Path, run_id: str) -> Publication:
    """A retry after the step had finished: what it published stands."""
    import duckdb

    with duckdb.connect(str(version_file(home, run_id)), read_only=True) as connection:
        row = connection.execute(
            "select version, fence, as_of, published_at, models, checks_passed, checks_failed, input_loads, rows from ops.publications where version = ?",
            [run_id],
        )
        return Publication(*row.fetchone())
