"""Publishing: a new version file written whole, then one symlink flipped. Readers see the old version or the new one."""

from __future__ import annotations

import datetime as dt
import json
import os
from pathlib import Path

from ingest.durable import flush_folder, point, remove, remove_folder, rename
from ingest.home import put_in_place, replacing
from warehouse.errors import NothingPublished, Superseded
from warehouse.layout import candidate_file, current_version, served_link, version_file, versions_folder
from warehouse.spare_build import keep_build
from warehouse.spare_version import keep_spare
from warehouse.version import Publication, write_version

KEPT_VERSIONS = 5


def publish(
    home: Path,
    run_id: str,
    *,
    fence: int,
    as_of: dt.date | None,
    checks_passed: int,
    checks_failed: int,
    input_loads: int,
) -> Publication:
    """Write the version of a checked candidate, flip the link, keep the candidate as the last good build, prune old versions.

    Raises Superseded when a build that was started later has been published meanwhile.
    """
    from warehouse.retention import retention_of

    refuse_superseded(home, fence)
    history = _history(home)
    candidate, target = candidate_file(home, run_id), version_file(home, run_id)
    writing = target.with_name(f".{target.name}.tmp")
    target.parent.mkdir(parents=True, exist_ok=True)
    for stale in target.parent.glob(".*"):  # what killed runs left; the lock says that nobody else is writing
        (remove_folder if stale.is_dir() else remove)(stale)  # a folder: what the engine had spilled
    try:
        told = (fence, as_of, checks_passed, checks_failed, input_loads)
        publication = write_version(home, writing, candidate, run_id, history, told)
        put_in_place(writing, target)
    finally:
        writing.unlink(missing_ok=True)
    try:
        # once more: a process that was taken for dead, and woke up here, no longer holds the lock that it took
        refuse_superseded(home, fence)
    except Superseded:
        remove(target)
        raise
    flip(home, target)
    keep_build(home, candidate)
    prune(home, retention_of(home).versions, followed_by=run_id)
    _drop_candidates(home, fence)
    return publication


def highest_fence(home: Path) -> int:
    """The highest number of a build in the line of what is served; 0 before the first publication."""
    return max((row["fence"] for row in _history(home)), default=0)


def refuse_superseded(home: Path, fence: int) -> None:
    """Raise Superseded when a build with a higher number is in the line of what is served."""
    if newer := [row for row in _history(home) if row["fence"] > fence]:
        raise Superseded(
            f"{newer[-1]['version']} was started after this build and is published already. Next: nothing; its data include this run's"
        )


def _drop_candidates(home: Path, fence: int) -> None:
    """Remove the candidates of builds that were started before the published one: they failed, or can only be superseded."""
    for path in (home / "warehouse").glob("candidate_*.duckdb"):
        try:
            started = read_note(home, path.stem.removeprefix("candidate_"))["fence"]
        except FileNotFoundError:
            started = 0  # dbt failed or was killed before it left a note
        if started < fence:
            remove(path)
            path.with_name(path.name + ".wal").unlink(missing_ok=True)


def _history(home: Path) -> list[dict]:
    import duckdb

    current = current_version(home)
    if current is None:
        return []
    with duckdb.connect(str(current), read_only=True) as connection:
        rows = connection.execute("select * from ops.publications order by published_at, version")
        names = [d[0] for d in rows.description]
        return [dict(zip(names, row, strict=True)) for row in rows.fetchall()]


def flip(home: Path, target: Path) -> None:
    """Point serve/marts.duckdb at a version, by renaming a new symlink over the old one."""
    link = served_link(home)
    beside = link.with_name(f".{link.name}.next")  # one name, under the lock: a killed run leaves nothing to gather
    beside.unlink(missing_ok=True)
    point(beside, os.path.relpath(target, link.parent))
    rename(beside, link)
    flush_folder(link.parent)


def versions(home: Path) -> list[Path]:
    """Published version files, oldest first by the time they were written, which a rollback does not change."""
    return sorted(versions_folder(home).glob("marts_*.duckdb"), key=lambda p: (p.stat().st_mtime_ns, p.name))


def prune(home: Path, keep: int = KEPT_VERSIONS, followed_by: str | None = None) -> list[Path]:
    """Remove all but the newest `keep` versions, never the one that is served. A reader that has one open keeps it.

    followed_by: the run that was just published; the newest of the removed ones stays aside, to become its next version.
    """
    current = current_version(home)
    old = [v for v in versions(home)[:-keep] if v != current]
    if followed_by is not None:
        keep_spare(home, old[-1] if old else None, followed_by)
    for version in old:
        remove(version)
    return old


def rollback(home: Path) -> tuple[Path, Path]:
    """Serve the version that the current one followed; returns (from, to). Raises NothingPublished when there is none.

    A version that was rolled back already is not in the line of those published after it, so two rollbacks never serve it again.
    """
    current = current_version(home)
    if current is None:
        raise NothingPublished("nothing is published yet. Next: fupan run")
    line = [version_file(home, row["version"]) for row in _history(home)]
    before = [v for v in line if v.resolve() != current and v.exists()]
    if not before:
        raise NothingPublished(f"{current.name} is the oldest version that is kept; there is none to go back to")
    flip(home, before[-1])
    return current, before[-1]


def note_build(home: Path, run_id: str, **facts: object) -> None:
    """Keep what a step of a run tells the next one: warehouse/run_<run_id>.json."""
    with replacing(home / "warehouse" / f"run_{run_id}.json") as temporary:
        temporary.write_text(json.dumps(facts, default=str), encoding="utf-8")


def read_note(home: Path, run_id: str) -> dict:
    """What `note_build` kept; FileNotFoundError when the step before has not run."""
    return json.loads((home / "warehouse" / f"run_{run_id}.json").read_text(encoding="utf-8"))
