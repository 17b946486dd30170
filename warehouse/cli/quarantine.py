"""`fupan quarantine list | show | retry | drop`: what was refused or set aside, and what a person decides about it."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from warehouse.cli.common import REFUSED, USAGE, Home, Json, failure, home_of, stop

app = typer.Typer(
    no_args_is_help=True, help="Refused files and rows set aside (隔离区): look, retry after a mend, or drop."
)
Source = Annotated[str | None, typer.Option(help="Only this source, for example douyin.", show_default=False)]
Dataset = Annotated[str | None, typer.Option(help="Only this dataset: orders, or douyin.orders.", show_default=False)]


def _names(source: str | None, dataset: str | None) -> tuple[str | None, str | None]:
    """(source, dataset), where a dataset may have been named as <source>.<dataset>."""
    if dataset and "." in dataset:
        named, dataset = dataset.split(".", 1)
        if source not in (None, named):
            raise stop(f"--source {source} and --dataset {named}.{dataset} name two sources", USAGE)
        return named, dataset
    return source, dataset


def _found(home, name: str) -> list:
    from ingest.quarantine import find_loads

    loads = find_loads(home, name)
    if not loads:
        raise stop(f"no load and no file is called {name!r}. Next: fupan quarantine list", USAGE)
    return loads


def _one(home, name: str):
    loads = _found(home, name)
    if len(loads) > 1:
        listed = "".join(f"\n  {x.load_id} {x.source}.{x.dataset} {x.file_name} {x.status}" for x in loads)
        raise stop(f"{name!r} means {len(loads)} loads; name one:{listed}", USAGE)
    return loads[0]


@app.command(name="list")
def list_(source: Source = None, dataset: Dataset = None, home: Home = None, as_json: Json = False) -> None:
    """What waits for you: reasons counted by kind, oldest first, each with its next step."""
    from ingest.quarantine import reasons, waiting
    from warehouse.report_quarantine import quarantine_report

    where = home_of(home)
    found = reasons(where, waiting(where, *_names(source, dataset)))
    if as_json:
        typer.echo(json.dumps([r.as_dict() for r in found], ensure_ascii=False, default=str))
    else:
        quarantine_report(found)


@app.command()
def show(
    name: Annotated[
        str, typer.Argument(metavar="LOAD_ID|FILE", help="A load id (or its first signs), or a file's name.")
    ],
    limit: Annotated[int, typer.Option(help="Rows to show; 0 for all.")] = 50,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """The rows of a load that were set aside: line, column, masked value and reason."""
    from ingest.quarantine import quarantined_rows
    from warehouse.report_quarantine import load_rows_report

    where = home_of(home)
    loads = _found(where, name)
    rows = quarantined_rows(where, loads, limit or None)
    if as_json:
        typer.echo(json.dumps({"loads": [vars(x) for x in loads], "rows": rows}, ensure_ascii=False, default=str))
    else:
        load_rows_report(loads, rows)


@app.command()
def retry(
    name: Annotated[
        str | None,
        typer.Argument(metavar="[LOAD_ID]", help="One load, also one that was dropped.", show_default=False),
    ] = None,
    source: Source = None,
    dataset: Dataset = None,
    every: Annotated[bool, typer.Option("--all", help="Everything that waits.")] = False,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Load the original bytes again under the contract of today; nothing is uploaded. The next run publishes what changed."""
    from ingest.quarantine import waiting
    from ingest.retry import retry as again
    from warehouse.report_quarantine import retry_report

    where = home_of(home)
    if sum((name is not None, bool(source or dataset), every)) != 1:
        raise stop("say what: a LOAD_ID, or --dataset (or --source), or --all", USAGE)
    loads = [_one(where, name)] if name else waiting(where, *_names(source, dataset))
    try:
        results = again(where, loads)
    except Exception as problem:
        raise failure(problem) from problem
    if as_json:
        typer.echo(json.dumps([vars(r) | {"before": vars(r.before), "after": vars(r.after)} for r in results], ensure_ascii=False, default=str))  # fmt: skip
    else:
        retry_report(results)
    if any(r.after.status == "refused" or r.outcome in ("kept", "gone") for r in results):
        raise typer.Exit(REFUSED)


@app.command()
def drop(
    name: Annotated[str, typer.Argument(metavar="LOAD_ID|FILE")],
    reason: Annotated[str, typer.Option(help="Why these rows or this file are no data; kept in ops.loads.")],
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Decide that what was set aside of a load is no data; it is listed no more. `retry LOAD_ID` takes it back."""
    from ingest.clock import beijing_now
    from ingest.locks import exclusive
    from ingest.quarantine import drop as decide

    where = home_of(home)
    load = _one(where, name)
    try:
        with exclusive(where, f"pull-{load.source}", wait_seconds=10):
            dropped = decide(where, load, reason, now=beijing_now())
    except ValueError as problem:
        raise stop(str(problem), USAGE) from None
    except Exception as problem:
        raise failure(problem) from problem
    if as_json:
        typer.echo(json.dumps(vars(dropped), ensure_ascii=False, default=str))
    else:
        what = "the refused file" if load.status == "refused" else f"{load.rows_quarantined:,} row(s)"
        typer.echo(f"dropped: {what} of {load.file_name} ({load.source}.{load.dataset}). The original stays in landing.\nBack again: fupan quarantine retry {load.load_id[:12]}")  # fmt: skip
