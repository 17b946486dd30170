"""`fupan keys rotate`: another key for pseudonyms, also for what is loaded already.

The new key makes pseudonyms of the pseudonyms: raw is re-keyed as it lies, with originals or without, and what is landed from now
on goes through the whole chain of keys (ADR on key rotation). Raw objects are written beside, moved into state/rotation by one
rename together with the new chain, and then put in place one by one; a rotation that dies in between is finished by the next.
"""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ingest import ledger
from ingest.contract import all_contracts
from ingest.durable import flush, flush_folder, remove, remove_folder, rename
from ingest.home import raw_object
from ingest.protect import FORGOTTEN, KEY_BYTES, hmac_sql, identity_key, secret_key
from ingest.retry import finish_retries
from ingest.subject import keyed
from ingest.typing_sql import literal
from warehouse.bundles import drop_bundles
from warehouse.forget import alone, asked_day, drop_old, publish_afresh
from warehouse.layout import build_file, current_version

_ROW_GROUP = 30_720  # as landing writes them


@dataclass(frozen=True)
class Rotated:
    """objects: raw objects with new pseudonyms; links: keys in the chain now; publication: the version made with them."""

    objects: int
    links: int
    versions_removed: int
    publication: str | None


def cut_off(home: Path) -> bool:
    """Whether a rotation was cut off while its objects were put in place."""
    return (home / "state" / "rotation").is_dir()


def rotate(home: Path, *, say: Callable[[str], None] = print, wait_seconds: float = 600) -> Rotated:
    """Give everybody another pseudonym, build and publish with it, and remove the versions with the old ones.

    Raises Busy when a run holds a lock for longer than `wait_seconds`, OSError for a full disk (nothing has changed then), and
    what a build raises; after that the next `fupan run` builds with the new key.
    """
    with alone(home, wait_seconds):
        finish_retries(home)
        if not cut_off(home):
            _prepare(home)
        day = asked_day(home)  # before the build goes
        objects = _finish(home)
    say(f"{objects} raw object(s) have new pseudonyms")
    version = publish_afresh(home, day, "rotate") if current_version(home) else None
    with alone(home, wait_seconds):
        removed = drop_old(home) if version else 0
    return Rotated(objects, len(secret_key(home, "identity")) // KEY_BYTES, removed, version)


def _prepare(home: Path) -> None:
    """Write every raw object with identities under the new key, and the new chain, beside; then rename all of it into state/rotation."""
    import duckdb

    chain, link = identity_key(home), secrets.token_bytes(KEY_BYTES)
    beside = home / "state" / ".rotation.tmp"
    shutil.rmtree(beside, ignore_errors=True)
    beside.mkdir(parents=True, mode=0o700)
    with open(os.open(beside / "identity.key", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(chain + link)
    flush(beside / "identity.key")
    columns = {(c.source, c.dataset): [x.name for x in keyed(c)] for c in all_contracts() if keyed(c)}
    with duckdb.connect() as connection:
        for load in ledger.read_loads(home):
            path = raw_object(home, load.source, load.dataset, load.load_id)
            if (load.source, load.dataset) not in columns or not path.exists():
                continue
            target = beside / load.source / load.dataset / path.name
            target.parent.mkdir(parents=True, exist_ok=True)
            _rekey(connection, path, target, columns[load.source, load.dataset], link)
    flush_folder(beside)
    rename(beside, home / "state" / "rotation")
    flush_folder(home / "state")


def _rekey(connection, path: Path, target: Path, names: list[str], link: bytes) -> None:
    source = f"read_parquet({literal(str(path))})"
    there = {row[0] for row in connection.execute(f"describe select * from {source}").fetchall()}
    made = []
    for name in (n for n in names if n in there):
        again = hmac_sql(connection, link, "fupan_link", f'"{name}"')
        made.append(
            f'case when "{name}" is null or "{name}" = \'{FORGOTTEN}\' then "{name}" else {again} end as "{name}"'
        )
    replaced = f" replace ({', '.join(made)})" if made else ""
    connection.execute(
        f"copy (select *{replaced} from {source}) to {literal(str(target))} (format parquet, row_group_size {_ROW_GROUP})"
    )
    flush(target)


def _finish(home: Path) -> int:
    """Put the objects in place, the key with them, and take away the build that knows other pseudonyms. May be done again from any point."""
    folder = home / "state" / "rotation"
    objects = sorted(folder.glob("*/*/*.parquet"))
    for written in objects:
        target = home / "raw" / written.relative_to(folder)
        rename(written, target)
    for place in {home / "raw" / p.relative_to(folder).parent for p in objects}:
        flush_folder(place)
    if (folder / "identity.key").exists():
        rename(folder / "identity.key", home / "state" / "identity.key")
        flush_folder(home / "state")
    drop_bundles(home)
    remove(build_file(home))
    remove_folder(folder)
    return len(objects)
