"""`fupan forget`: a person asks to be deleted."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from warehouse.cli.common import USAGE, Home, Json, app, failure, home_of, stop


@app.command()
def forget(
    phone: Annotated[
        list[str] | None, typer.Option(help="A phone number, in any spelling.", show_default=False)
    ] = None,
    open_id: Annotated[list[str] | None, typer.Option(help="An open_id of a platform.", show_default=False)] = None,
    identity: Annotated[
        list[str] | None,
        typer.Option(
            metavar="KIND=VALUE",
            help="Any identity: unionid=..., member_id=..., visitor_id=..., external_userid=...",
            show_default=False,
        ),
    ] = None,  # fmt: skip
    customer: Annotated[
        list[str] | None, typer.Option(help="A customer_key of marts.dim_customer.", show_default=False)
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be done; change nothing.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    go_on: Annotated[bool, typer.Option("--go-on", help="Finish a forgetting that was cut off; names nobody.")] = False,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Forget a person (个人信息删除): landing, raw, quarantine, build, every publication and report; proved by a search.

    Orders stay as facts, without the link to the person. All identities that the data say are the same person go together.
    """
    from warehouse.forget import StillThere

    try:
        given = [*(("phone", x) for x in phone or ()), *(("open_id", x) for x in open_id or ()), *map(_pair, identity or ())]  # fmt: skip
    except ValueError as problem:
        raise stop(str(problem), USAGE) from None
    if not (given or customer or go_on):
        raise stop("whom? Next: --phone, --open-id, --identity KIND=VALUE or --customer; --go-on for one that was cut off", USAGE)  # fmt: skip
    say = (lambda _: None) if as_json else typer.echo
    try:
        _forget(home_of(home), given, customer or [], say, dry_run=dry_run, yes=yes, as_json=as_json)
    except typer.Exit:
        raise
    except LookupError as problem:
        raise stop(str(problem.args[0]), USAGE) from None
    except StillThere as problem:
        raise stop(str(problem)) from None
    except Exception as problem:
        raise failure(problem) from problem


def _forget(place: Path, given: list[tuple[str, str]], customers: list[str], say: Callable[[str], None], *, dry_run: bool, yes: bool, as_json: bool) -> None:  # fmt: skip
    from warehouse.forget import affected_loads, find_subject, forget, go_on, notes

    if given or customers:
        subject = find_subject(place, given, customers)
        loads = affected_loads(place, subject)
        datasets = {(x.source, x.dataset) for x in loads}
        say(f"{len(subject.pseudonyms)} identity(ies) of one person, {len(subject.orders)} order id(s), in {len(loads)} load(s) of {len(datasets)} dataset(s)")  # fmt: skip
    if dry_run:
        say("nothing was changed. Next: the same without --dry-run")
        return
    if notes(place):
        say(f"{len(notes(place))} forgetting(s) that were cut off are finished first")
    if not yes and (given or customers) and not typer.confirm("forget them? Older versions go too, so there is no rollback"):  # fmt: skip
        raise typer.Exit(USAGE)
    receipts = go_on(place, say=say)
    if given or customers:
        receipts.append(forget(place, given, customers, say=say))
    for receipt in receipts:
        if as_json:
            typer.echo(json.dumps(asdict(receipt), default=str, ensure_ascii=False))
            continue
        later = "a file that brings them back is cleaned on its way in" if receipt.suppressed else "nothing is known of them in clear, so a file that comes later may bring them back"  # fmt: skip
        typer.echo(f"forgotten; {later}. The receipt is in ledger/receipts/. Backups outside are yours to renew: docs/operations.md")  # fmt: skip


def _pair(text: str) -> tuple[str, str]:
    kind, sign, value = text.partition("=")
    if not sign or not kind or not value:
        raise ValueError(f"--identity {kind!r}: write KIND=VALUE, for example unionid=oX...")
    return kind, value
