"""`fupan load | run | status | query | export | rollback`."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Annotated

import typer

from warehouse.cli.common import FAILED, REFUSED, USAGE, Home, Json, app, failure, home_of, stop


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
    """Land one file (or each member of a zip) and print its counting. The next run gates and publishes it."""
    from ingest.pipeline import land_given
    from warehouse.report import load_as_dict, load_report

    try:
        landed = land_given(path, source, dataset, home=home_of(home))
    except KeyError as problem:
        raise stop(str(problem.args[0]), USAGE) from None
    except Exception as problem:
        raise failure(problem) from problem
    for one in landed:
        typer.echo(
            json.dumps(load_as_dict(one), ensure_ascii=False, default=str)
            if as_json
            else load_report(one, home_of(home))
        )
    if any(one.status == "refused" for one in landed):
        raise typer.Exit(REFUSED)


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
            outcome = run_all(home_of(home), as_of and as_of.date(), since and since.date(), force=force, teller=teller)
        except Exception as problem:
            teller.close()
            raise failure(problem) from problem
    if as_json:
        typer.echo(json.dumps(outcome.as_dict(), ensure_ascii=False, default=str))
    else:
        from warehouse.report import run_report

        run_report(outcome, home_of(home))
    if outcome.problems:
        raise typer.Exit(FAILED)
    if outcome.refused:
        raise typer.Exit(REFUSED)


@app.command()
def status(home: Home = None, as_json: Json = False) -> None:
    """Freshness of every dataset, the last publication, and what was refused or failed lately."""
    from warehouse.report import status_as_dict, status_report

    told = status_as_dict(home_of(home))
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

    version = current_version(home_of(home))
    if version is None:
        raise stop("nothing is published yet. Next: fupan run")
    try:
        with duckdb.connect(str(version), read_only=True) as connection:
            connection.execute("set timezone = 'Asia/Shanghai'; set schema = 'marts'")
            found = connection.execute(sql)
            names = [d[0] for d in found.description or []]
            rows = found.fetchall()
    except duckdb.Error as problem:
        raise stop(str(problem)) from None
    if as_json:
        typer.echo(json.dumps([dict(zip(names, row, strict=True)) for row in rows], ensure_ascii=False, default=str))
    else:
        rows_report(names, rows, limit)


@app.command()
def export(home: Home = None) -> None:
    """Write the compensation list of late parcels of the current publication again, as a CSV under reports/, and say where."""
    import duckdb

    from ingest.locks import exclusive
    from warehouse.delay_list import write_delay_list
    from warehouse.layout import current_version
    from warehouse.steps import LOCK

    place = home_of(home)
    version = current_version(place)
    if version is None:
        raise stop("nothing is published yet. Next: fupan run")
    try:
        with exclusive(place, LOCK, wait_seconds=10), duckdb.connect(str(version), read_only=True) as connection:
            as_of = connection.execute(
                "select as_of from ops.publications order by published_at desc, version desc limit 1"
            ).fetchone()[0]
            written = write_delay_list(place, version, as_of)
    except Exception as problem:
        raise failure(problem) from problem
    if written is None:
        raise stop(f"{version.name} has no marts.delayed_parcels. Next: fupan run --force")
    typer.echo(str(written))


@app.command()
def rollback(home: Home = None, as_json: Json = False) -> None:
    """Serve the version before the current one again."""
    from ingest.locks import exclusive
    from warehouse.publication import rollback as roll
    from warehouse.steps import LOCK

    try:
        with exclusive(home_of(home), LOCK, wait_seconds=10):
            before, after = roll(home_of(home))
    except Exception as problem:
        raise failure(problem) from problem
    told = {"from": before.name, "to": after.name}
    typer.echo(
        json.dumps(told)
        if as_json
        else f"serving {after.name} again (was {before.name}). Forward again: fupan run --force"
    )
