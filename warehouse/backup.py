"""`fupan backup` and `fupan restore`: a mirror of what cannot be made again, consistent while files are being landed.

Mirrored are originals, raw, quarantine, the ledger, receipts, settings and what the platforms' clients remember; not the build
and the publications, which the next run makes again from them. Objects are named by their content and never change, and a
ledger row is written after what it names: so the ledger is read first, then all it names is copied, then its rows.
Whoever was forgotten here is gone from the mirror after its next backup.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ingest import ledger
from ingest.durable import flush_folder, remove, rename
from ingest.home import replacing
from ingest.locks import exclusive
from ingest.retry import finish_retries
from warehouse.steps import LOCK

_OBJECTS = ("landing", "raw", "quarantine")
_SETTINGS = ("drops.json", "retention.json")
_KEYS = ("identity.key", "suppression.key", "suppressed.json")
_MARK = "fupan_backup"


@dataclass
class Copied:
    """What a backup or a restore did; note: the next step."""

    copied: int = 0
    unchanged: int = 0
    removed: int = 0
    bytes: int = 0
    note: str = ""


def back_up(home: Path, target: Path, *, with_keys: bool = False, wait_seconds: float = 600) -> Copied:
    """Mirror a home into `target`. Builds, retries and forgetting wait meanwhile; pulls go on.

    Raises ValueError for a target inside the home or a folder that holds something else, Busy, and OSError for a full disk: the
    mirror is then incomplete and its mark is away, which `restore` refuses; the next backup completes it.
    """
    target = target.resolve()
    if target.is_relative_to(home) or home.is_relative_to(target):
        raise ValueError(f"{target} and {home} lie in one another. Next: name a folder elsewhere, on another disk")
    mark = target / _MARK
    if target.is_dir() and any(target.iterdir()) and not (mark.exists() or (target / f"{_MARK}.tmp").exists()):
        raise ValueError(f"{target} holds something that is no backup. Next: name an empty folder")
    target.mkdir(parents=True, exist_ok=True, mode=0o700)
    done = Copied()
    with exclusive(home, LOCK, wait_seconds=wait_seconds):
        finish_retries(home)
        (target / f"{_MARK}.tmp").touch()
        remove(mark)
        rows = {p.name for p in ledger.folder(home).glob("*.parquet")}
        named = {name.removesuffix(".parquet") for name in rows}
        wanted: set[Path] = set()
        for path in _objects(home):
            if _load_of(path.relative_to(home)) in named:
                wanted.add(_copy(home, target, path, done))
        for path in _rest(home, with_keys):
            if path.parent != ledger.folder(home) or path.name in rows:
                wanted.add(_copy(home, target, path, done))
        for path in [p for p in _files(target) if p.relative_to(target) not in wanted and not p.name.startswith(_MARK)]:
            remove(path)
            done.removed += 1
        rename(target / f"{_MARK}.tmp", mark)
        flush_folder(target)
    done.note = (
        ""
        if with_keys
        else "The keys (state/*.key, state/suppressed.json) are not in it: keep a copy of them elsewhere"
    )
    return done


def restore(origin: Path, home: Path) -> Copied:
    """Fill a home that is empty, or holds keys only, from a mirror.

    Raises FileNotFoundError for a folder that is no complete backup, FileExistsError for a home that holds anything else.
    """
    if not (origin / _MARK).exists():
        raise FileNotFoundError(f"{origin} is no complete backup ({_MARK} is not there). Next: name the folder of `fupan backup`, or back up again")  # fmt: skip
    there = [p for p in _files(home) if p.relative_to(home).parts[0] != "state"] if home.is_dir() else []
    if there:
        raise FileExistsError(
            f"{home} is not empty ({there[0].relative_to(home)} ...). Next: name an empty folder by --home"
        )
    done = Copied()
    for path in _files(origin):
        if not path.name.startswith(_MARK):
            _copy(origin, home, path, done)
    has_key = (home / "state" / "identity.key").exists()
    done.note = (
        "Next: fupan run --force" if has_key else "Next: put state/identity.key back (mode 600), then fupan run --force"
    )
    return done


def _files(folder: Path) -> Iterator[Path]:
    return (p for p in sorted(folder.rglob("*")) if p.is_file() and not p.is_symlink())


def _objects(home: Path) -> Iterator[Path]:
    return (p for kind in _OBJECTS if (home / kind).is_dir() for p in _files(home / kind) if not p.name.startswith("."))


def _load_of(path: Path) -> str:
    """The load that an object belongs to: landing/<s>/<d>/<load_id>/<name>, raw/<s>/<d>/<load_id>.parquet.

    Copies of refused files (quarantine/.../refused) are of none: their originals are in landing.
    """
    kind, *_, folder, name = path.parts
    if kind == "landing":
        return folder
    return name.removesuffix(".parquet")


def _rest(home: Path, with_keys: bool) -> Iterator[Path]:
    for path in _files(home / "ledger") if (home / "ledger").is_dir() else ():
        if not path.name.startswith(".") and "retries" not in path.parts:
            yield path
    for name in _SETTINGS:
        if (home / name).is_file():
            yield home / name
    for path in _files(home / "state") if (home / "state").is_dir() else ():
        inside = path.relative_to(home / "state")
        is_key = inside.name in _KEYS
        hidden = path.suffix in (".lock", ".tmp") or inside.parts[0] in ("forgetting", "rotation", "credentials")
        secret = inside.name in ("airflow.json", "airflow_secrets.json")
        if (is_key and with_keys) or not (is_key or hidden or secret):
            yield path


def _copy(origin: Path, target: Path, path: Path, done: Copied) -> Path:
    """Copy a file unless the mirror has it, by size and time; its mode stays. Returns its path from the root."""
    inside = path.relative_to(origin)
    place = target / inside
    there, wanted = place.stat() if place.exists() else None, path.stat()
    if there and (there.st_size, there.st_mtime_ns) == (wanted.st_size, wanted.st_mtime_ns):
        done.unchanged += 1
        return inside
    with replacing(place) as temporary:
        shutil.copy2(path, temporary)
    done.copied += 1
    done.bytes += wanted.st_size
    return inside
