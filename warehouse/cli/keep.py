"""`fupan maintain`, `fupan keys rotate`, `fupan backup`, `fupan restore`: what keeps a warehouse sound over the years."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from warehouse.cli.common import USAGE, Home, Json, app, failure, home_of, stop

keys = typer.Typer(no_args_is_help=True, help="The key that turns people into pseudonyms (假名密钥).")


@app.command()
def maintain(home: Home = None, as_json: Json = False) -> None:
    """Verify originals against their hashes, remove what is past its time (retention.json), pack what is small and old: as the DAG `maintain`."""
    from warehouse.maintain import Damaged, bundle_old, pack_old, prune_old, verify

    place = home_of(home)
    told: dict = {}
    try:
        told["verified"] = asdict(verify(place))
        told["removed"] = asdict(prune_old(place))
        told["packed"] = pack_old(place)
        told["bundled"] = bundle_old(place)
    except Damaged as problem:
        raise stop(str(problem)) from None
    except ValueError as problem:
        raise stop(str(problem), USAGE) from None
    except Exception as problem:
        raise failure(problem) from problem
    if as_json:
        typer.echo(json.dumps(told))
        return
    verified, removed = told["verified"], told["removed"]
    typer.echo(f"verified: {verified['originals']} original(s) and {verified['raw']} raw object(s) are whole; {verified['gone']} load(s) have no original any more")  # fmt: skip
    typer.echo("removed: " + ", ".join(f"{count} {name}" for name, count in removed.items()))
    typer.echo(
        f"packed: {told['packed']} small object(s) of old results, {told['bundled']} of raw for the next rebuild"
    )


@keys.command()
def rotate(
    go_on: Annotated[bool, typer.Option("--go-on", help="Finish a rotation that was cut off.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    home: Home = None,
) -> None:
    """Give everybody another pseudonym under a new key, rebuild and publish; older versions go, since they hold the old ones.

    customer_key changes for everybody. Back up state/identity.key afterwards: without it nobody can be found again.
    """
    from warehouse.keys import cut_off
    from warehouse.keys import rotate as do

    place = home_of(home)
    if go_on and not cut_off(place):
        raise stop("no rotation was cut off", USAGE)
    if not (yes or go_on or typer.confirm("rotate the key? Every customer_key changes, and there is no rollback")):
        raise typer.Exit(USAGE)
    try:
        rotated = do(place, say=typer.echo)
    except Exception as problem:
        raise failure(problem) from problem
    typer.echo(f"the chain has {rotated.links} key(s); published: {rotated.publication or 'nothing yet'}; {rotated.versions_removed} older version(s) removed. Next: back up state/identity.key")  # fmt: skip


@app.command()
def backup(
    target: Annotated[
        Path, typer.Argument(help="A folder outside of FUPAN_HOME; made if it is not there.", file_okay=False)
    ],
    with_keys: Annotated[
        bool, typer.Option("--with-keys", help="Also the keys of pseudonyms; mind who can read the backup.")
    ] = False,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Mirror what cannot be made again into a folder, also while pulls are at work; what is gone here goes there too."""
    from warehouse.backup import back_up

    _told(lambda: back_up(home_of(home), target, with_keys=with_keys), as_json)


@app.command()
def restore(
    origin: Annotated[Path, typer.Argument(help="A folder that `fupan backup` wrote.", exists=True, file_okay=False)],
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Fill an empty FUPAN_HOME from a backup. The next run builds and publishes; keys that are not in it must be put back first."""
    from warehouse.backup import restore as do

    _told(lambda: do(origin, home_of(home)), as_json)


def _told(work, as_json: bool) -> None:
    try:
        done = work()
    except (ValueError, FileNotFoundError, FileExistsError) as problem:
        raise stop(str(problem), USAGE) from None
    except Exception as problem:
        raise failure(problem) from problem
    if as_json:
        typer.echo(json.dumps(asdict(done)))
    else:
        typer.echo(
            f"{done.copied} file(s) copied ({done.bytes / 1e6:,.1f} MB), {done.unchanged} were there, {done.removed} removed. {done.note}"
        )
