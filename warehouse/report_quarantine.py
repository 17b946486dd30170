"""What `fupan quarantine` prints, and the line about it at the end of a run."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import typer

from ingest.ledger import Load
from ingest.quarantine import Reason, is_waiting
from ingest.retry import Retried
from warehouse.report import table


def quarantine_report(reasons: Sequence[Reason]) -> None:
    """Every reason with its counts and its next step."""
    if not reasons:
        typer.echo("nothing waits in quarantine")
        return
    shown = [
        (
            r.dataset,
            r.kind,
            r.column,
            r.rows or None,
            r.refused_files or None,
            f"{r.since:%Y-%m-%d %H:%M}",
            r.loads[0][:12],
        )
        for r in reasons
    ]
    table("Quarantine (隔离区)", ("dataset", "kind", "column", "rows", "refused files", "since", "first load"), shown)
    for r in reasons:
        typer.echo(f"{r.dataset} {r.kind} {r.column}".rstrip() + f": {r.reason}\n  Next: {r.next_step}")
    typer.echo(
        f"{sum(r.rows for r in reasons):,} row(s) and {sum(r.refused_files for r in reasons):,} refused file(s) wait. "
        "Look: fupan quarantine show LOAD; after a mend: fupan quarantine retry --all; no data: fupan quarantine drop LOAD --reason ..."
    )


def load_rows_report(loads: Sequence[Load], rows: Sequence[dict[str, Any]]) -> None:
    """The loads with their state, and their rows that were set aside."""
    for load in loads:
        typer.echo(f"{load.status}: {load.file_name} -> {load.source}.{load.dataset} (load {load.load_id}), {load.rows_quarantined:,} row(s) set aside")  # fmt: skip
        if load.reason:
            typer.echo(f"  reason: {load.reason}")
        if load.dropped_at:
            typer.echo(f"  dropped at {load.dropped_at:%Y-%m-%d %H:%M}: {load.dropped_reason}")
    if rows:
        cells = [(r["source_file"], r["line"], r["header"] or r["column"], r["value"], r["reason"]) for r in rows]
        table("", ("file", "line", "column", "value (masked)", "reason"), cells)
    total = sum(x.rows_quarantined for x in loads)
    if len(rows) < total:
        typer.echo(f"{total:,} rows, the first {len(rows):,} shown (--limit 0 for all)")


_OUTCOMES = {
    "unchanged": "the same as before",
    "kept": "worse than before under the contract of today, so what was loaded stays",
    "nothing": "nothing to do",
    "gone": "cannot be loaded again",
}


def retry_report(results: Sequence[Retried]) -> None:
    """What a retry changed, load by load."""
    for r in results:
        told = f"{r.before.source}.{r.before.dataset} {r.before.file_name} ({r.before.load_id[:12]})"
        if r.outcome == "changed":
            typer.echo(
                f"{told}: {_state(r.before)} -> {_state(r.after)}"
                + (f"\n  reason: {r.after.reason}" if r.after.reason else "")
            )
        else:
            typer.echo(f"{told}: {_OUTCOMES[r.outcome]}" + (f"\n  reason: {r.why}" if r.why else ""))
    changed = sum(r.outcome == "changed" for r in results)
    waits = sum(is_waiting(r.after) for r in results)
    typer.echo(f"{len(results)} load(s) retried, {changed} changed, {waits} still wait." + (" Next: fupan run publishes the change" if changed else ""))  # fmt: skip


def _state(load: Load) -> str:
    if load.status != "loaded":
        return f"{load.status} (dropped)" if load.dropped_at else load.status
    return f"loaded {load.rows_loaded:,} row(s), {load.rows_quarantined:,} set aside"


def waiting_line(home: Path) -> str:
    """One line about what waits, or nothing."""
    from ingest.quarantine import waiting

    loads = waiting(home)
    if not loads:
        return ""
    refused = sum(x.status == "refused" for x in loads)
    rows = sum(x.rows_quarantined for x in loads if x.status == "loaded")
    return f"in quarantine: {rows:,} row(s) of {len(loads) - refused} load(s) and {refused} refused file(s). Look: fupan quarantine list"
