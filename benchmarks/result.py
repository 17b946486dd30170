"""What a benchmark comes to: rows with a figure, what it is compared with, its target, and whether it was met."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from benchmarks.measure import Measured

#: what our side may take at most of the fastest plain tool's time, and how many times slower dlt's default path has to be
PLAIN = 1.25
DLT = 20.0


@dataclass(frozen=True)
class Row:
    """One line of the table.

    unit: "x" (a ratio), "s", "MiB" or "". limit: the target, an upper bound, or a lower one with at_least; None = a figure without one.
    spread: the same figure taken from the medians instead of the best runs.
    """

    what: str
    value: float
    unit: str
    spread: float | None = None
    limit: float | None = None
    at_least: bool = False
    note: str = ""

    @property
    def met(self) -> bool | None:
        """Whether the target is met; None without a target."""
        if self.limit is None:
            return None
        return self.value >= self.limit if self.at_least else self.value <= self.limit


@dataclass
class Result:
    """One benchmark: its rows, the sides they came from, and the facts of its input.

    full: run at the size of the targets. remarks: what the other sides do and do not do, for the page.
    """

    name: str
    title: str
    full: bool
    rows: list[Row] = field(default_factory=list)
    sides: list[Measured] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)
    remarks: str = ""

    @property
    def missed(self) -> list[Row]:
        """The rows whose target is missed; targets hold at full size only."""
        return [r for r in self.rows if self.full and r.met is False]

    def as_dict(self) -> dict[str, Any]:
        """For --json."""
        return {
            "name": self.name, "title": self.title, "full": self.full, "facts": self.facts, "remarks": self.remarks,
            "rows": [vars(r) | {"met": r.met if self.full else None} for r in self.rows], "sides": [s.as_dict() for s in self.sides],
        }  # fmt: skip


def ratio(what: str, ours: Measured, theirs: Measured, limit: float | None = None, note: str = "") -> Row:
    """Our wall time over theirs, by the best runs and by the medians; `limit` is what it may be at most.

    The note tells the same of the CPU time, which a busy machine disturbs less.
    """
    cpu = f"CPU {ours.cpu / theirs.cpu:.2f} x"
    return Row(
        what, ours.best / theirs.best, "x", ours.median / theirs.median, limit, note=f"{cpu}; {note}" if note else cpu
    )


def speed_up(what: str, ours: Measured, theirs: Measured, limit: float | None = None, note: str = "") -> Row:
    """Their wall time over ours; `limit` is what it must be at least. The note tells the same of the CPU time."""
    cpu = f"CPU {theirs.cpu / ours.cpu:.2f} x"
    return Row(
        what, theirs.best / ours.best, "x", theirs.median / ours.median, limit, at_least=True, note=f"{cpu}; {note}" if note else cpu
    )  # fmt: skip
