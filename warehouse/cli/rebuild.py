"""`fupan rebuild`."""

from __future__ import annotations

import datetime as dt
import json
from typing import Annotated

import typer

from warehouse.cli.common import FAILED, Home, Json, app, failure, home_of


@app.command()
def rebuild(
    check: Annotated[
        bool,
        typer.Option("--check", help="Only compare with the publication that is served; change and publish nothing."),
    ] = False,
    as_of: Annotated[
        dt.datetime | None,
        typer.Option(
            formats=["%Y-%m-%d"],
            help="Business day that the publication reaches (default: as the served one).",
            show_default=False,
        ),
    ] = None,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Make raw, build and publication again from the original bytes in landing/ and the ledger, and compare with what is served."""
    from warehouse.progress import Teller
    from warehouse.rebuild import rebuild as again

    with Teller(quiet=as_json) as teller:
        try:
            told = again(home_of(home), as_of and as_of.date(), check=check, teller=teller)
        except Exception as problem:
            teller.close()
            raise failure(problem) from problem
    if as_json:
        loads = [{"load_id": x.load.load_id, "outcome": x.outcome, "why": x.why} for x in told.loads]
        typer.echo(json.dumps({"loads": loads, "outcomes": told.outcomes, "before": told.before, "published": told.published,
            "tables_compared": told.compared, "tables_differing": told.differing}, ensure_ascii=False))  # fmt: skip
    else:
        counted = ", ".join(f"{count} {outcome}" for outcome, count in sorted(told.outcomes.items())) or "none"
        typer.echo(f"{len(told.loads)} loads derived again from landing: {counted}")
        for one in [x for x in told.loads if x.outcome != "same"][:20]:
            typer.echo(f"  {one.outcome}: {one.load.source}.{one.load.dataset} {one.load.file_name} {one.load.load_id[:12]}: {one.why}")  # fmt: skip
        if not told.before:
            typer.echo("nothing was published before, so there is nothing to compare with")
        elif told.differing:
            typer.echo(f"differs from {told.before} in {len(told.differing)} of {told.compared} tables: {', '.join(told.differing)}")  # fmt: skip
        else:
            typer.echo(f"the same as {told.before}: {told.compared} tables with equal hashes")
        if told.published:
            typer.echo(f"published {told.published}")
    if check and told.differing:
        raise typer.Exit(FAILED)
