"""A clock that lies, by libfaketime (Debian's `faketime`), for all that a process does."""

from __future__ import annotations

from pathlib import Path


def wrong_clock(clock: str) -> dict[str, str]:
    """The environment of a process that believes it is `clock` (YYYY-MM-DD hh:mm:ss, in its own zone); "": none is changed.

    Fails, and never skips, without the library.
    """
    if not clock:
        return {}
    found = sorted(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))
    assert found, "libfaketime is not here. Next: apt-get install faketime"
    return {"LD_PRELOAD": str(found[0]), "FAKETIME": f"@{clock}", "FAKETIME_DONT_FAKE_MONOTONIC": "1"}
