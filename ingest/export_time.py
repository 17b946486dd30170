"""What a file's name tells: when the platform wrote it (else the newest moment in its content; never our clock), and values
that stand nowhere else."""

from __future__ import annotations

import datetime as dt
import re

from ingest.contract import Contract

_UNIX = re.compile(r"(?<!\d)(1[5-9]\d{8})(?:\d{3})?(?!\d)")
_DAY = re.compile(r"(?<!\d)(20\d{2})[-_.年]?(0[1-9]|1[0-2])[-_.月]?(0[1-9]|[12]\d|3[01])(?!\d)")


def time_in_name(file_name: str, contract: Contract) -> dt.datetime | None:
    """The last date and time in a file name (Beijing wall time), by the contract's patterns or as unix seconds."""
    for pattern in contract.options.get("exportTime", {}).get("fileName", ()):
        for found in reversed(re.findall(pattern, file_name)):
            digits = re.sub(r"\D", "", found)
            try:
                return dt.datetime.strptime(digits[:14], "%Y%m%d%H%M%S" if len(digits) >= 14 else "%Y%m%d%H%M")
            except ValueError:
                continue
    unix = _UNIX.search(file_name)
    return (
        dt.datetime.fromtimestamp(int(unix[1]), dt.timezone(dt.timedelta(hours=8))).replace(tzinfo=None)
        if unix
        else None
    )


def values_in_name(file_name: str, contract: Contract) -> dict[str, str]:
    """Values that a file's name holds for columns the file may lack (room id, shop), by each column's `fromName` pattern."""
    found = {c.name: re.search(c.options["fromName"], file_name) for c in contract.kept if c.options.get("fromName")}
    return {name: m[1] for name, m in found.items() if m}


def day_in_name(file_name: str) -> dt.datetime | None:
    """The last bare date in a file name, at 00:00."""
    for year, month, day in reversed(_DAY.findall(file_name)):
        try:
            return dt.datetime(int(year), int(month), int(day))
        except ValueError:
            continue
    return None


def export_time(file_name: str, newest_content: dt.date | None, contract: Contract) -> dt.datetime | None:
    """The moment in the name; else the later of the newest moment (or day, at 00:00) inside and the bare date in the name."""
    named = time_in_name(file_name, contract)
    if named:
        return named
    if newest_content is not None and not isinstance(newest_content, dt.datetime):
        newest_content = dt.datetime.combine(newest_content, dt.time())
    return max((t for t in (newest_content, day_in_name(file_name)) if t), default=None)
