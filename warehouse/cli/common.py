"""What every command shares: the application, the home, JSON, exit codes, and words for every failure."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

#: exit codes: a script can tell bad data (3) from a check that stopped the run (4), a busy warehouse (5) and a failure (1)
FAILED, USAGE, REFUSED, GATE, BUSY = 1, 2, 3, 4, 5

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


@app.callback()
def whole() -> None:
    """Fupan (复盘): the warehouse that a livestream-commerce company reviews its business with."""
    from ingest.site import site_folder

    try:
        site_folder()
    except NotADirectoryError as problem:
        raise stop(str(problem), USAGE) from None


def home_of(home: Path | None) -> Path:
    """The folder that everything lives in."""
    from ingest.home import fupan_home

    return fupan_home(home)


def stop(message: str, code: int = FAILED) -> typer.Exit:
    """Say why on stderr; to be raised."""
    typer.secho(message, err=True, fg=typer.colors.RED)
    return typer.Exit(code)


def failure(problem: Exception) -> typer.Exit:
    """The exit for an exception: known kinds have a word of their own."""
    from ingest.errors import FetchFailed
    from ingest.locks import Busy
    from warehouse.errors import BuildFailed, GateFailed, NothingPublished, Superseded

    if isinstance(problem, Busy):
        return stop(str(problem), BUSY)
    if isinstance(problem, GateFailed):
        return stop(str(problem), GATE)
    if isinstance(problem, (BuildFailed, FetchFailed, NothingPublished, Superseded)):
        return stop(str(problem))
    return stop(f"{type(problem).__name__}: {problem}")
