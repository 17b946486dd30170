"""`fupan contracts list | check | generate | new`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from warehouse.cli.common import REFUSED, USAGE, stop

app = typer.Typer(help="The data contracts (数据契约): what every file must look like. Without a command: generate.")


@app.callback(invoke_without_command=True)
def whole(
    context: typer.Context,
    check: Annotated[bool, typer.Option("--check", hidden=True)] = False,
) -> None:
    """The data contracts (数据契约): what every file must look like. Without a command: generate."""
    if context.invoked_subcommand is None:
        _check() if check else generate()


@app.command(name="list")
def list_() -> None:
    """Every dataset with its contract: columns, those about people, the file kinds, where the file is."""
    from ingest.contract import contract_files, read_contract
    from warehouse.report import table

    rows = []
    for path in contract_files():
        contract = read_contract(path)
        protected = sum(1 for c in contract.columns if c.protect)
        formats = ", ".join(contract.options.get("formats", ["csv"]))
        rows.append(
            (contract.name, contract.title, len(contract.columns), protected, formats, "/".join(path.parts[-3:]))
        )
    table("", ("dataset", "title", "columns", "of people", "kinds of file", "contract"), rows)
    typer.echo(f"{len(rows)} contracts")


@app.command(name="check")
def check_command() -> None:
    """Validate every contract, the company's too; fail when what is generated from them is out of date."""
    _check()


def _check() -> None:
    from ingest.contract import contract_files
    from ingest.contract_check import problems
    from ingest.site import contract_folders
    from warehouse.generate import generate as differing

    found = [p for folder in contract_folders() if folder.is_dir() for p in problems(folder)] + _unregistered()
    if found:
        raise stop(
            "\n".join(
                [*found, f"{len(found)} problem(s) in the contracts. Next: mend the files, then fupan contracts check"]
            )
        )
    if changed := differing(write=False):
        raise stop(f"out of date: {', '.join(str(p) for p in changed)}. Next: fupan contracts generate")
    typer.echo(f"{len(contract_files())} contracts are valid, and what is generated from them is up to date")


def _unregistered() -> list[str]:
    """Sources with contracts that no registry has: nothing would look into their inbox."""
    from ingest.contract import contract_files
    from ingest.registry import sources

    known = {s.name for s in sources()}
    missing = sorted({p.parent.name for p in contract_files()} - known)
    return [
        f"contracts/{name}: source {name} is in no sources.yml. Next: add it there, with a title and a schedule"
        for name in missing
    ]


@app.command()
def generate() -> None:
    """Write what is made from the project's contracts: dbt's sources."""
    from warehouse.generate import generate as write

    try:
        changed = write(write=True)
    except ValueError as problem:
        raise stop(str(problem)) from None
    typer.echo(f"{len(changed)} file(s) written" + "".join(f"\n  {p}" for p in changed))


@app.command()
def new(
    path: Annotated[
        Path, typer.Argument(metavar="FILE", exists=True, dir_okay=False, readable=True, help="A sample export.")
    ],
    source: Annotated[str, typer.Option(help="The platform, as a lower-case name, for example bazaar.")],
    dataset: Annotated[str, typer.Option(help="What the file holds, for example orders.")],
    title: Annotated[str, typer.Option(help="What people call the report (default: the file's name).")] = "",
    out: Annotated[
        Path | None,
        typer.Option(help="A site folder to write into (default: FUPAN_SITE).", show_default=False, file_okay=False),
    ] = None,
    force: Annotated[bool, typer.Option(help="Replace a contract that is there.")] = False,
) -> None:
    """Draft a contract from a sample export, register its source, and tell what to look at."""
    from ingest.draft import draft_contract
    from ingest.draft.place import place_contract
    from ingest.errors import Refused
    from ingest.site import site_folder

    try:
        folder = out or site_folder()
        if folder is None:
            raise ValueError("where to? Next: set FUPAN_SITE to the company's own folder, or give --out FOLDER")
        draft = draft_contract(path, source, dataset, title=title)
        placed = place_contract(draft, folder, force=force)
    except Refused as problem:
        raise stop(problem.describe(), REFUSED) from None
    except (ValueError, OSError) as problem:
        raise stop(str(problem), USAGE) from None
    load = draft.load
    typer.echo(f"{placed}: {len(draft.contract.columns)} columns, {draft.contract.grain}")
    typer.echo(f"the sample under it: rows read {load.rows_read:,} = loaded {load.rows_loaded:,} + quarantined {load.rows_quarantined:,} + non-data {load.rows_non_data:,}")  # fmt: skip
    for header, told in draft.look:
        typer.echo(f"  look: {header or 'the file'}: {told}")
    typer.echo("Next: go through these lines in the contract, then fupan contracts check, then fupan load FILE --source ... --dataset ...")  # fmt: skip
