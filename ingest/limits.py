"""Limits against files and folders that would take all memory, disk or time: each has a usual value, and a setting that changes it.

`limit` is called where a limit is used, so that it stands beside what it guards; docs/limits.md has all of them.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Limit:
    """setting: the environment variable; usual: the value without it; value: the one that holds in this process."""

    setting: str
    usual: int
    value: int


#: every limit that was asked for in this process, by its setting
KNOWN: dict[str, Limit] = {}


def limit(setting: str, usual: int) -> int:
    """The value of a limit: that of the environment variable where it is set, else the usual one.

    Raises ValueError naming the variable when it holds anything but a whole number above 0: a limit is never without effect.
    """
    given = os.environ.get(setting, "").strip().replace("_", "")
    if given and not (given.isascii() and given.isdigit() and int(given) > 0):
        raise ValueError(f"{setting} is {given[:40]!r}. Next: set a whole number above 0, or unset it ({usual:,})")
    KNOWN[setting] = Limit(setting, usual, int(given) if given else usual)
    return KNOWN[setting].value


#: percent of the machine's memory that the engine may have which builds and checks; what it does not find room for goes to the disk
BUILD_SHARE = 50
#: where a container is told what it may have (cgroup v2)
_CONTAINER = Path("/sys/fs/cgroup/memory.max")


def build_memory() -> str:
    """Memory of the engine that builds and checks, as DuckDB writes it: FUPAN_MEMORY_LIMIT, else a share of the machine's.

    In a container, of what the container may have. At most this; a small build takes less.
    """
    given = os.environ.get("FUPAN_MEMORY_LIMIT", "").strip()
    if given:
        return given
    machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    told = _CONTAINER.read_text().strip() if _CONTAINER.exists() else ""
    most = min(machine, int(told)) if told.isdigit() else machine  # "max" where nothing is told
    return f"{most * BUILD_SHARE // 100 // 1024**2}MiB"


def more_memory() -> str:
    """What to do when DuckDB says Out of Memory."""
    return f"give the engine more memory (FUPAN_MEMORY_LIMIT, now {build_memory()})"
