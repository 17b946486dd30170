"""The ledger of bounds (`bounds.yml`): how far a number may go before a gate speaks, since when, and why.

Entries are only ever appended: the last entry of a check holds, and each entry is sealed over the one before it, so that
an old entry changed in place is refused. `python -m expectations.bounds` prints the seal that a new last entry needs.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

FILE = Path(__file__).parent / "bounds.yml"
#: every bound that a gate reads; a name in the file that is not here is a typo
KNOWN = frozenset(
    {
        "landing.volume_low", "landing.volume_high", "landing.volume_history", "landing.stale_days",
        "marts.gmv_day_low", "marts.gmv_day_high", "marts.gmv_history_days",
        "marts.orphan_parcels", "marts.refund_bill_differences",
        "marts.ad_unallocated_share", "marts.claimed_order_value_times",
    }
)  # fmt: skip
_FIELDS = ("check", "value", "since", "severity", "reason", "seal")


class BoundsError(ValueError):
    """bounds.yml is not a ledger that can be trusted; the message says which entry and what to do."""


@dataclass(frozen=True)
class Bound:
    """value: the number (a ratio, a count or days, as the reason says); severity: block | warn, of the check that reads it."""

    check: str
    value: Decimal
    since: dt.date
    severity: str
    reason: str


def seal(previous: str, entry: Mapping[str, object]) -> str:
    """The seal of an entry: 12 hex over the seal before it and its own fields."""
    text = "\n".join([previous, *(f"{key}={entry[key]}" for key in _FIELDS[:-1])])
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def load_bounds(path: Path = FILE) -> dict[str, Bound]:
    """The bounds in force, by check.

    Raises BoundsError for an unknown key or check, a missing bound, a value that is no number, a date out of order, or an
    entry that was changed after it was written.
    """
    bounds, previous, last = {}, "", dt.date.min
    for number, entry in enumerate(_entries(path), 1):
        where = f"{path.name}, entry {number}"
        _well_formed(entry, where)
        expected = seal(previous, entry)
        if entry["seal"] != expected:
            raise BoundsError(
                f"{where} ({entry['check']}): its seal is {entry['seal']}, its content says {expected}. An entry is never edited: "
                "put the old one back and append a new entry with its own since and reason."
            )
        if entry["since"] < last:
            raise BoundsError(f"{where} ({entry['check']}): since {entry['since']} is before the entry above it")
        previous, last = entry["seal"], entry["since"]
        bounds[entry["check"]] = Bound(
            entry["check"], Decimal(str(entry["value"])), entry["since"], entry["severity"], entry["reason"]
        )
    missing = KNOWN - bounds.keys()
    if missing:
        raise BoundsError(f"{path.name}: no bound for {', '.join(sorted(missing))}")
    return bounds


def _entries(path: Path) -> list[dict[str, object]]:
    import yaml

    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    if not isinstance(content, dict) or set(content) != {"bounds"} or not isinstance(content["bounds"], list):
        raise BoundsError(f"{path.name}: one key `bounds` with a list is expected")
    return content["bounds"]


def _well_formed(entry: Mapping[str, object], where: str) -> None:
    if not isinstance(entry, dict) or set(entry) != set(_FIELDS):
        odd = sorted(set(entry) ^ set(_FIELDS)) if isinstance(entry, dict) else entry
        raise BoundsError(f"{where}: the keys are {', '.join(_FIELDS)}; unknown or missing: {odd}")
    if entry["check"] not in KNOWN:
        raise BoundsError(f"{where}: no check reads {entry['check']!r}; known: {', '.join(sorted(KNOWN))}")
    if isinstance(entry["value"], bool) or not isinstance(entry["value"], (int, float)) or not entry["value"] > 0:
        raise BoundsError(f"{where} ({entry['check']}): value {entry['value']!r} is not a positive number")
    if type(entry["since"]) is not dt.date:
        raise BoundsError(f"{where} ({entry['check']}): since {entry['since']!r} is not a date (YYYY-MM-DD)")
    if entry["severity"] not in ("block", "warn"):
        raise BoundsError(f"{where} ({entry['check']}): severity is block or warn, not {entry['severity']!r}")
    if not str(entry["reason"]).strip():
        raise BoundsError(f"{where} ({entry['check']}): a bound without a reason")


def seals(path: Path = FILE) -> list[tuple[str, str]]:
    """(check, seal) of every entry as its content asks, top to bottom: what to write beside a new entry."""
    made, previous = [], ""
    for entry in _entries(path):
        previous = seal(previous, {"seal": "", **entry})
        made.append((str(entry["check"]), previous))
    return made


if __name__ == "__main__":
    for name, value in seals():
        print(f"{value}  {name}")
