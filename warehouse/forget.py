"""`fupan forget`: a person leaves landing, raw, quarantine, the build, every publication and what was written about them.

What is left are facts without a person: an order with its money and its day, and nobody behind it. In the end everything under
FUPAN_HOME is searched for the person's identities, their pseudonyms and the customer; only when nothing is found is a receipt
written, which does not name them. A run that is cut off leaves a note in state/forgetting/ (mode 600), and the next one goes on.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import secrets
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from ingest import ledger
from ingest.clock import beijing_now, run_name
from ingest.durable import remove
from ingest.home import landing, replacing
from ingest.landing import Landing
from ingest.locks import exclusive
from ingest.pipeline import land_inbox, waiting_files
from ingest.protect import identity_key, identity_sql, keyed_sql, prepare
from ingest.registry import sources
from ingest.retry import finish_retries
from ingest.subject import Rows, Subject, complete, from_dict, loads_with
from ingest.suppression import suppress
from ingest.typing_sql import literal
from ingest.wanted import Wanted, file_holds
from ingest.withdraw import Withdrawn, clear_identities, withdraw
from warehouse import steps
from warehouse.bundles import drop_bundles
from warehouse.layout import build_file, current_version, spare_build_file
from warehouse.publication import versions
from warehouse.spare_version import drop_spare
from warehouse.sweep import Found, search, sweep

Say = Callable[[str], None]


class StillThere(Exception):
    """The search found the person after everything was done; the note is kept, so that the next run goes on."""


@dataclass
class Receipt:
    """What was done, without the person. hits: 0, or there is no receipt."""

    forgotten_at: dt.datetime
    identities: int
    orders: int
    loads: dict[str, int] = field(default_factory=dict)  # dataset -> loads that the person was taken out of
    rows_removed: int = 0
    rows_blanked: int = 0
    without_original: int = 0  # loads whose raw rows were edited, because landing has them no more
    refused_files_deleted: int = 0
    versions_removed: int = 0
    other_files_cleaned: int = 0
    files_searched: int = 0
    not_searched: list[str] = field(default_factory=list)
    hits: int = 0
    suppressed: bool = False
    publication: str | None = None


def notes(home: Path) -> list[Path]:
    """Notes of those whose forgetting was cut off."""
    return sorted((home / "state" / "forgetting").glob("*.json"))


def find_subject(home: Path, identities: Iterable[tuple[str, str]], customers: Iterable[str] = ()) -> Subject:
    """The person behind identities (kind, text as people write it) or customer keys of the last build.

    Raises LookupError for a customer key that the build does not know.
    """
    pseudonyms, clear = set(), set()
    with Landing(home) as room:
        # without the list of those who asked before: somebody who is on it may be back from an old backup
        prepare(room.connection, identity_key(home))
        for kind, text in identities:
            given = f"select {literal(text.strip())}::varchar as t"
            one, pseudonym = room.query(f"select {identity_sql('t', literal(kind))}, {keyed_sql(identity_sql('t', literal(kind)))} from ({given})")[0]  # fmt: skip
            clear.add(one)
            pseudonyms.add(pseudonym)
        for key in customers:
            found = _of_customers(home, [key])
            if not found:
                raise LookupError(
                    f"the last build knows no customer {key}. Next: take customer_key from marts.dim_customer"
                )
            pseudonyms |= found
        rows = Rows(home, room.connection)
        subject = complete(rows, Subject(frozenset(pseudonyms), frozenset(clear)))
        affected = loads_with(rows, subject)
    for load in ledger.read_loads(home):
        if load.load_id in affected:
            clear |= clear_identities(home, load, subject.pseudonyms)
    return replace(
        subject, clear=frozenset(clear), customers=frozenset(customers) | _customers_of(home, subject.pseudonyms)
    )


def _of_customers(home: Path, keys: list[str]) -> set[str]:
    return {x for (x,) in _ask_build(home, f"select identity_id from intermediate.int_identities_resolved where customer_key in ({', '.join(map(literal, keys))})")}  # fmt: skip


def _customers_of(home: Path, pseudonyms: frozenset[str]) -> frozenset[str]:
    if not pseudonyms:
        return frozenset()
    listed = ", ".join(map(literal, sorted(pseudonyms)))
    return frozenset(x for (x,) in _ask_build(home, f"select distinct customer_key from intermediate.int_identities_resolved where identity_id in ({listed})"))  # fmt: skip


def _ask_build(home: Path, sql: str) -> list[tuple]:
    import duckdb

    if not build_file(home).exists():
        return []
    with duckdb.connect(str(build_file(home)), read_only=True) as connection:
        try:
            return connection.execute(sql).fetchall()
        except duckdb.CatalogException:  # a build of an older Fupan
            return []


@contextmanager
def alone(home: Path, wait_seconds: float = 600) -> Iterator[None]:
    """Every source's lock, then the warehouse's: the order in which a retry takes them."""
    with ExitStack() as stack:
        for source in sorted(s.name for s in sources()):
            stack.enter_context(exclusive(home, f"pull-{source}", wait_seconds=wait_seconds))
        stack.enter_context(exclusive(home, steps.LOCK, wait_seconds=wait_seconds))
        yield


def forget(home: Path, identities: Iterable[tuple[str, str]], customers: Iterable[str] = (), *, say: Say = print, wait_seconds: float = 600) -> Receipt:  # fmt: skip
    """Forget the person behind these identities or customer keys; returns the receipt.

    Raises LookupError for an unknown customer, Busy when a run holds a lock for longer than `wait_seconds`, StillThere with the
    files when the search finds them in the end, and what a build raises (BuildFailed, GateFailed). After any of them the next
    `forget` goes on where this one stopped.
    """
    with alone(home, wait_seconds):
        finish_retries(home)
        for source in sources():  # what waits there may hold the person; landed, it can be looked through
            if waiting_files(home, source.name):
                land_inbox(source.name, home=home)
        subject = find_subject(home, identities, customers)
        note = _note(home, subject)
    return _go_on(home, subject, note, say, wait_seconds)


def go_on(home: Path, *, say: Say = print, wait_seconds: float = 600) -> list[Receipt]:
    """Finish what was cut off; the receipts."""
    return [
        _go_on(home, from_dict(json.loads(note.read_text(encoding="utf-8"))), note, say, wait_seconds)
        for note in notes(home)
    ]


def _note(home: Path, subject: Subject) -> Path:
    path = home / "state" / "forgetting" / f"{secrets.token_hex(8)}.json"
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with replacing(path) as temporary:
        os.close(os.open(temporary, os.O_CREAT | os.O_WRONLY, 0o600))
        temporary.write_text(json.dumps(subject.as_dict()), encoding="utf-8")
    return path


def _go_on(home: Path, subject: Subject, note: Path, say: Say, wait_seconds: float) -> Receipt:
    receipt = Receipt(beijing_now(), len(subject.pseudonyms | subject.clear), len(subject.orders))
    with alone(home, wait_seconds):
        finish_retries(home)
        if subject.clear:
            suppress(home, subject.clear)
            receipt.suppressed = True
        done = [x for load in affected_loads(home, subject) if (x := withdraw(home, load, subject)).how != "nothing"]
    _count(receipt, done)
    say(
        f"taken out of {len(done)} load(s): {receipt.rows_removed} row(s) removed, {receipt.rows_blanked} left without the person"
    )
    if _needs_build(home, subject):
        receipt.publication = publish_afresh(home, asked_day(home), "forget")
        say(f"published without them: {receipt.publication}")
    with exclusive(home, steps.LOCK, wait_seconds=wait_seconds):
        receipt.versions_removed = drop_old(home)
        receipt.other_files_cleaned = sweep(home, subject.wanted, leave=(note,))
        found = search(home, subject.wanted, leave=(note,))
    _conclude(home, receipt, found, note)
    say(f"searched {found.files} files: 0 hits")
    return receipt


def affected_loads(home: Path, subject: Subject) -> list[ledger.Load]:
    """The loads with the person in raw, or in the bytes of their original or of what was set aside."""
    loads = ledger.read_loads(home)
    with Landing(home) as room:
        in_raw = loads_with(Rows(home, room.connection), subject)
    return [x for x in loads if x.load_id in in_raw or _in_originals(home, x, subject.in_clear)]


def _in_originals(home: Path, load: ledger.Load, wanted: Wanted) -> bool:
    folders = [landing(home, load.source, load.dataset, load.load_id)]
    files = [p for f in folders if f.is_dir() for p in f.iterdir() if p.is_file()]
    if load.status == "refused":
        from ingest.quarantine import refused_copies

        files += refused_copies(home, load)
    return any(_holds(p, wanted) for p in files)


def _holds(path: Path, wanted: Wanted) -> bool:
    from ingest.readers.rewritten import is_rewritten
    from ingest.wanted import parquet_holding

    return file_holds(path, wanted) or (is_rewritten(path) and bool(parquet_holding([path], wanted)))


def _count(receipt: Receipt, done: list[Withdrawn]) -> None:
    for one in done:
        dataset = f"{one.load.source}.{one.load.dataset}"
        receipt.loads[dataset] = receipt.loads.get(dataset, 0) + 1
        receipt.rows_removed += one.rows_removed
        receipt.rows_blanked += one.rows_blanked
        receipt.without_original += one.how == "raw"
        receipt.refused_files_deleted += one.how == "deleted"


def _needs_build(home: Path, subject: Subject) -> bool:
    """Whether the build or a publication still holds the person, or was made from loads that have changed since."""
    from warehouse.candidate import visible_loads
    from warehouse.continuing import why_not

    if current_version(home) is None and not build_file(home).exists():
        return False
    return bool(why_not(home, visible_loads(home), None)) or bool(_customers_of(home, subject.pseudonyms))


def publish_afresh(home: Path, as_of: dt.date | None, name: str) -> str:
    """Build everything afresh (no block of an older file may be carried along), check and publish; returns the version.

    name: what the run is called, before its time.
    """
    run_id = run_name(name)
    steps.build_candidate(run_id, as_of, home=home, rebuild=True)
    steps.check_candidate(run_id, home=home)
    return steps.publish_candidate(run_id, home=home).version


def asked_day(home: Path) -> dt.date | None:
    """The day that was asked for at the last build; None where the data say it."""
    found = _ask_build(home, "select asked from raw.run")
    return found[0][0] if found else None


def drop_old(home: Path) -> int:
    """Remove every version but the served one, and candidates: a rollback would bring the person back."""
    current = current_version(home)
    old = [v for v in versions(home) if v != current]
    leavings = [
        *(home / "warehouse").glob("candidate_*"),
        *(home / "warehouse").glob("building.duckdb*"),
        spare_build_file(home),
    ]
    for path in [*old, *leavings]:
        remove(path)
    drop_spare(home)
    drop_bundles(home)
    return len(old)


def _conclude(home: Path, receipt: Receipt, found: Found, note: Path) -> None:
    receipt.files_searched, receipt.hits, receipt.not_searched = found.files, len(found.hits), found.unread
    if found.hits:
        listed = "\n".join(
            f"  {path.relative_to(home)}{f' ({what})' if what else ''}" for path, what in found.hits[:20]
        )
        raise StillThere(
            f"the person is still in {len(found.hits)} place(s):\n{listed}\nNext: look at these files, remove them or what they say, then fupan forget --go-on"
        )
    path = home / "ledger" / "receipts" / f"forget_{receipt.forgotten_at:%Y%m%dT%H%M%S%f}.json"
    with replacing(path) as temporary:
        temporary.write_text(json.dumps(asdict(receipt), default=str, indent=2) + "\n", encoding="utf-8")
    remove(note)
