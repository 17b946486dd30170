"""`fupan simulate`."""

from __future__ import annotations

import datetime as dt
import json
import sys
from typing import Annotated

import typer

from warehouse.cli.common import USAGE, Home, Json, app, home_of, stop


@app.command()
def simulate(
    days: Annotated[int, typer.Option(help="Days of history.", min=1)] = 30,
    orders_per_day: Annotated[int, typer.Option(help="Order lines a day, about.", min=1)] = 2000,
    first_day: Annotated[dt.datetime, typer.Option(formats=["%Y-%m-%d"])] = dt.datetime(2026, 9, 1),
    seed: Annotated[int, typer.Option(help="The same seed gives the same bytes.")] = 7,
    only_day: Annotated[
        dt.datetime | None,
        typer.Option(
            formats=["%Y-%m-%d"], help="Write one day's daily exports instead of the history.", show_default=False
        ),
    ] = None,
    quirk: Annotated[
        list[str] | None,
        typer.Option(
            help="Switch on only these quirks (repeatable; 'none' for none). Default: all.", show_default=False
        ),
    ] = None,
    only: Annotated[
        list[str] | None,
        typer.Option(
            help="Write only this dataset (erp.stock) or source (repeatable). Default: all.", show_default=False
        ),
    ] = None,
    truth: Annotated[bool, typer.Option(help="Write the planted truth beside the inbox.")] = True,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Write a synthetic company's exports, in the platforms' real layouts, into the inbox."""
    from rich.progress import Progress

    from simulator.exports import write_exports
    from simulator.truth import write_truth
    from simulator.world import World

    where = home_of(home)
    world = World(seed, first_day.date(), days + 1, orders_per_day)
    since, until = (
        (only_day.date(),) * 2 if only_day else (first_day.date(), first_day.date() + dt.timedelta(days=days - 1))
    )
    quirks = None if not quirk else frozenset(q for q in quirk if q != "none")
    with Progress(disable=as_json or not sys.stderr.isatty()) as bar:
        task = bar.add_task("writing exports", total=None)
        try:
            written = write_exports(
                world,
                where / "inbox",
                since,
                until,
                quirks,
                progress=lambda p: bar.update(task, description=f"wrote {p.name}", advance=1),
                only=only or (),
            )
            told = write_truth(world, where / "truth", since, until) if truth else []
        except ValueError as problem:
            raise stop(str(problem), USAGE) from None
    if as_json:
        typer.echo(json.dumps({"files": [str(p) for p in written], "truth": [str(p) for p in told]}))
        return
    size = sum(p.stat().st_size for p in written) / 1e6
    beside = f"; the planted truth in {where / 'truth'}" if told else ""
    typer.echo(f"{len(written)} files, {size:,.1f} MB, in {where / 'inbox'}{beside}")
