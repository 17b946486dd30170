"""Limits against files and folders that would take all memory, disk or time: each has a usual value, and a setting that changes it.

`limit` is called where a limit is used, so that it stands beside what it guards; docs/limits.md has all of them.
"""

from __future__ import annotations

import os
from dataclasses import dataclass


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
