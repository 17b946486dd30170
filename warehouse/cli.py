"""The `fupan` command line. Every command imports what it needs when it runs, so that --help is quick."""

from __future__ import annotations

import datetime as dt
import json
import sys
from pathlib import Path
from typing import Annotated

import typer

#: exit codes: a script can tell bad data (3) from a check that stopped the run (4), a busy warehouse (5) and a failure (1)
FAILED, REFUSED, GATE, BUSY = 1, 3, 4, 5

app = typer.Typer(
    no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False,
    help="Fupan (复盘): the warehouse that a livestream-commerce company reviews its business with.",
    epilog="Exit codes: 0 done, 1 failed, 2 wrong usage, 3 a file was refused, 4 a blocking check stopped the run, 5 another run is at work.",
)  # fmt: skip
Home = Annotated[
    Path | None,
    typer.Option(
        "--home", envvar="FUPAN_HOME", help="Folder that everything lives in (default: var).", show_default=False
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON for a script.")]
Day = Annotated[dt.datetime | None, typer.Option(formats=["%Y-%m-%d"], show_default=False)]


def _home(home: Path | None) -> Path:
    from ingest.home import fupan_home

    return fupan_home(home)


def _stop(message: str, code: int = FAILED) -> typer.Exit:
    typer.secho(message, err=True, fg=typer.colors.RED)
    return typer.Exit(code)


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
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Write a synthetic company's exports, in the platforms' real layouts, into the inbox."""
    from rich.progress import Progress

    from simulator.exports import write_exports
    from simulator.truth import write_truth
    from simulator.world import World

    where = _home(home)
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
            )
            truth = write_truth(world, where / "truth", since, until)
        except ValueError as problem:
            raise _stop(str(problem), 2) from None
    if as_json:
        typer.echo(json.dumps({"files": [str(p) for p in written], "truth": [str(p) for p in truth]}))
        return
    typer.echo(
        f"{len(written)} files, {sum(p.stat().st_size for p in written) / 1e6:,.1f} MB, in {where / 'inbox'}; the planted truth in {where / 'truth'}"
    )


@app.command()
def load(
    path: Annotated[
        Path, typer.Argument(exists=True, dir_okay=False, readable=True, help="Any export file; it stays where it is.")
    ],
    source: Annotated[str, typer.Option(help="For example douyin.")],
    dataset: Annotated[str, typer.Option(help="For example orders.")],
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Land one file and print its counting. The next run gates and publishes it."""
    from ingest.pipeline import land_one
    from warehouse.report import load_as_dict, load_report

    try:
        landed = land_one(path, source, dataset, home=_home(home))
    except KeyError as problem:
        raise _stop(str(problem.args[0]), 2) from None
    except Exception as problem:
        raise _failure(problem) from problem
    typer.echo(
        json.dumps(load_as_dict(landed), ensure_ascii=False, default=str)
        if as_json
        else load_report(landed, _home(home))
    )
    if landed.status == "refused":
        raise typer.Exit(REFUSED)


def _failure(problem: Exception) -> typer.Exit:
    """The exit for an exception: known kinds have a word of their own."""
    from ingest.errors import FetchFailed
    from ingest.locks import Busy
    from warehouse.errors import BuildFailed, GateFailed, NothingPublished, Superseded

    if isinstance(problem, Busy):
        return _stop(str(problem), BUSY)
    if isinstance(problem, GateFailed):
        return _stop(str(problem), GATE)
    if isinstance(problem, (BuildFailed, FetchFailed, NothingPublished, Superseded)):
        return _stop(str(problem))
    return _stop(f"{type(problem).__name__}: {problem}")


@app.command()
def run(
    as_of: Annotated[
        dt.datetime | None,
        typer.Option(
            formats=["%Y-%m-%d"],
            help="Business day that the publication reaches (default: the last day in the data).",
            show_default=False,
        ),
    ] = None,
    since: Annotated[
        dt.datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="First day to ask the APIs for.", show_default=False),
    ] = None,
    force: Annotated[bool, typer.Option(help="Build and publish also when nothing is new.")] = False,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Pull every source, build, check and publish: the same steps as the DAGs, without Airflow."""
    from warehouse.progress import Teller
    from warehouse.run import run_all

    with Teller(quiet=as_json) as teller:
        try:
            outcome = run_all(_home(home), as_of and as_of.date(), since and since.date(), force=force, teller=teller)
        except Exception as problem:
            teller.close()
            raise _failure(problem) from problem
    if as_json:
        typer.echo(json.dumps(outcome.as_dict(), ensure_ascii=False, default=str))
    else:
        from warehouse.report import run_report

        run_report(outcome, _home(home))
    if outcome.problems:
        raise typer.Exit(FAILED)
    if outcome.refused:
        raise typer.Exit(REFUSED)


@app.command()
def status(home: Home = None, as_json: Json = False) -> None:
    """Freshness of every dataset, the last publication, and what was refused or failed lately."""
    from warehouse.report import status_as_dict, status_report

    told = status_as_dict(_home(home))
    if as_json:
        typer.echo(json.dumps(told, ensure_ascii=False, default=str))
    else:
        status_report(told)


@app.command()
def query(
    sql: Annotated[str, typer.Argument(help="SQL on the schemas marts and ops.")],
    home: Home = None,
    as_json: Json = False,
    limit: Annotated[int, typer.Option(help="Rows to show; 0 for all.")] = 50,
) -> None:
    """Ask the current publication (read-only)."""
    import duckdb

    from warehouse.layout import current_version
    from warehouse.report import rows_report

    version = current_version(_home(home))
    if version is None:
        raise _stop("nothing is published yet. Next: fupan run")
    try:
        with duckdb.connect(str(version), read_only=True) as connection:
            connection.execute("set timezone = 'Asia/Shanghai'; set schema = 'marts'")
            found = connection.execute(sql)
            names = [d[0] for d in found.description or []]
            rows = found.fetchall()
    except duckdb.Error as problem:
        raise _stop(str(problem)) from None
    if as_json:
        typer.echo(json.dumps([dict(zip(names, row, strict=True)) for row in rows], ensure_ascii=False, default=str))
    else:
        rows_report(names, rows, limit)


@app.command()
def rollback(home: Home = None, as_json: Json = False) -> None:
    """Serve the version before the current one again."""
    from ingest.locks import exclusive
    from warehouse.publication import rollback as roll
    from warehouse.steps import LOCK

    try:
        with exclusive(_home(home), LOCK, wait_seconds=10):
            before, after = roll(_home(home))
    except Exception as problem:
        raise _failure(problem) from problem
    told = {"from": before.name, "to": after.name}
    typer.echo(
        json.dumps(told)
        if as_json
        else f"serving {after.name} again (was {before.name}). Forward again: fupan run --force"
    )


@app.command()
def contracts(
    check: Annotated[bool, typer.Option(help="Only validate; fail when a generated file is out of date.")] = False,
) -> None:
    """Validate the data contracts and write what is generated from them (dbt sources)."""
    from warehouse.generate import generate

    try:
        changed = generate(write=not check)
    except ValueError as problem:
        raise _stop(str(problem)) from None
    if check and changed:
        raise _stop(f"out of date: {', '.join(str(p) for p in changed)}. Next: fupan contracts")
    typer.echo(f"{len(changed)} file(s) {'out of date' if check else 'written'}; contracts are valid")


def main() -> None:
    """Entry point."""
    app()


if __name__ == "__main__":
    main()
