"""Where the warehouse's files lie under FUPAN_HOME."""

from __future__ import annotations

import re
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
DBT = PROJECT / "dbt_project"


def safe_run_id(run_id: str) -> str:
    """A run id that is a file name; ValueError when it has other characters or is too long."""
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}", run_id):
        raise ValueError(f"run id {run_id!r}: letters, digits, dot, dash and underscore only, at most 100")
    return run_id


def build_file(home: Path) -> Path:
    """The last build that was published."""
    return home / "warehouse" / "build.duckdb"


def building_file(home: Path) -> Path:
    """Where the build under way is written, under one name for all runs; it becomes the candidate of its run."""
    return home / "warehouse" / "building.duckdb"


#: a file below so many bytes is copied sooner than what changed in it is carried over, at the 150 MB/s of a slow disk
WORTH_SPARING = 2 * 1024**3


def spare_build_file(home: Path) -> Path:
    """The build that the last one continued, from which the next one is begun (warehouse/spare_build.py)."""
    return home / "warehouse" / "spare.duckdb"


def candidate_file(home: Path, run_id: str) -> Path:
    """The finished build of one run, before it is published."""
    return home / "warehouse" / f"candidate_{safe_run_id(run_id)}.duckdb"


def versions_folder(home: Path) -> Path:
    """Where published versions lie."""
    return home / "serve" / "versions"


def version_file(home: Path, run_id: str) -> Path:
    """The published version of one run."""
    return versions_folder(home) / f"marts_{safe_run_id(run_id)}.duckdb"


def changed_file(home: Path, run_id: str) -> Path:
    """The keys that the publication of one run changed (warehouse/spare_version.py)."""
    return home / "warehouse" / "changed" / f"{safe_run_id(run_id)}.duckdb"


def spare_version(home: Path) -> Path | None:
    """The version that is no longer kept, from which the next one is begun; None when there is none."""
    return max((home / "serve" / "spare").glob("marts_*.duckdb"), key=lambda p: p.stat().st_mtime_ns, default=None)


def served_link(home: Path) -> Path:
    """The symlink that readers open."""
    return home / "serve" / "marts.duckdb"


def current_version(home: Path) -> Path | None:
    """The version that the link points to, or None before the first publication."""
    link = served_link(home)
    return link.resolve() if link.is_symlink() and link.exists() else None
