"""`fupan maintain` and the DAG of that name: what a warehouse needs to stay small and sound, a step each, in this order.

Nothing here changes what is published: originals are compared with their hashes, what is past its time is removed, small raw
objects are packed. Each step may be cut off and done again.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from ingest import ledger
from ingest.clock import beijing_now
from ingest.contract import contract_files, load_contract
from ingest.describe import identify
from ingest.given import Given
from ingest.home import fupan_home, raw_object
from ingest.ledger import Load
from ingest.locks import exclusive
from ingest.retry import finish_retries, original_of
from ingest.withdraw import hash_of
from warehouse.bundles import bundle
from warehouse.forget import alone
from warehouse.packing import pack
from warehouse.retention import Pruned, prune, retention_of
from warehouse.steps import LOCK


class Damaged(Exception):
    """Originals or raw objects that are not what the ledger says; names them and the next step."""


@dataclass
class Verified:
    """originals: files whose bytes are those that were landed; damaged: others, with why; gone: loads without an original."""

    originals: int = 0
    raw: int = 0
    gone: int = 0
    damaged: list[str] = field(default_factory=list)


def verify(home: Path | None = None) -> Verified:
    """Compare every original with the hash that names it, and every raw object with the rows that the ledger counts.

    Raises Damaged naming each file that differs; nothing is changed.
    """
    home = fupan_home(home)
    verified = Verified()
    known = {(p.parent.name, p.name.removesuffix(".odcs.yaml")) for p in contract_files()}
    for load in ledger.read_loads(home):
        original = original_of(home, load)
        if original is None:
            verified.gone += load.status != "duplicate"
        elif (load.source, load.dataset) in known and not _is_whole(load, original):
            verified.damaged.append(f"{original.relative_to(home)}: not the bytes that were landed as {load.file_name}")
        else:
            verified.originals += 1
        if load.status == "loaded" and (told := _raw_damage(home, load)):
            verified.damaged.append(told)
        else:
            verified.raw += load.status == "loaded"
    if verified.damaged:
        shown = "\n".join(f"  {x}" for x in verified.damaged[:20])
        raise Damaged(
            f"{len(verified.damaged)} file(s) are damaged:\n{shown}\nNext: put them back from the backup (docs/operations.md), "
            "or export them again; look at the disk. The publication stays as it is"
        )
    return verified


def _is_whole(load: Load, original: Path) -> bool:
    if load.rewritten_hash:
        return hash_of(original) == load.rewritten_hash
    load_id = load.load_id.partition("~")[0]
    contract = load_contract(load.source, load.dataset)
    # the moment in the name is part of the id, and the ledger's name of the file may be masked where landing's is shortened
    for name in (load.file_name, original.name):
        if identify(Given(original, name), contract) == load_id:
            return True
    # an archive that was refused: its id holds the name of the member that could not be read
    return load.status == "refused" and _as_member(load, original) == load_id


def _as_member(load: Load, original: Path) -> str:
    from ingest.errors import Refused

    given = (
        Given(original, load.file_name, (), Refused(""))
        if "/" in load.file_name or load.reason
        else Given(original, load.file_name)
    )
    return identify(given, load_contract(load.source, load.dataset))


def _raw_damage(home: Path, load: Load) -> str:
    import pyarrow.parquet as pq

    path = raw_object(home, load.source, load.dataset, load.load_id)
    if not path.exists():
        return f"{path.relative_to(home)}: is not there, and the ledger says that {load.rows_loaded:,} rows were loaded"
    try:
        rows = pq.read_metadata(path).num_rows
    except Exception as problem:
        return f"{path.relative_to(home)}: cannot be read ({type(problem).__name__})"
    return (
        ""
        if rows == load.rows_loaded
        else f"{path.relative_to(home)}: holds {rows:,} rows, the ledger says {load.rows_loaded:,}"
    )


def pack_old(home: Path | None = None) -> int:
    """Pack the small objects of old results (warehouse/packing.py); how many there were."""
    home = fupan_home(home)
    with exclusive(home, LOCK):
        return pack(home)


def bundle_old(home: Path | None = None) -> int:
    """Bundle the small raw objects of loads older than a month (warehouse/bundles.py); how many became part of a bundle."""
    home = fupan_home(home)
    with exclusive(home, LOCK):
        return bundle(home, ledger.read_loads(home), beijing_now())


def prune_old(home: Path | None = None) -> Pruned:
    """Remove what is past its time (retention.json), under all locks. ValueError for a retention that is not to be read."""
    home = fupan_home(home)
    kept = retention_of(home)
    with alone(home):
        finish_retries(home)
        return prune(home, kept, beijing_now())
