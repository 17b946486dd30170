"""The daily build against what one would otherwise write: the same marts as plain tables made afresh, and a part of them by pandas."""

from __future__ import annotations

import datetime as dt
import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

from benchmarks.flat_sides import FIRST
from benchmarks.measure import Measured, Sample, SideFailed, run_process
from benchmarks.result import Result, Row

_FULL = (
    90,
    10_000,
)  # days of history and order lines a day; FUPAN_BENCH_COMPARE="30 1000" takes other ones, and the page says which
_DAYS = 2  # days that are measured (quick: 1); the first is begun from a copy, as after every rebuild


def run(scratch: Path, *, quick: bool, repeats: int, tell: Callable[[str], None]) -> Result:
    """90 days of 10,000 order lines (quick: 5 of 100), and the build of a day more, both ways and with all tests; landing is the same for both.

    Both sides start Python and parse the project. Raises SideFailed when the marts or pandas come to other daily sums.
    """
    asked = tuple(int(x) for x in os.environ.get("FUPAN_BENCH_COMPARE", "").split()) or _FULL
    days, lines = (5, 100) if quick else asked
    home, known = scratch / "compare", days + (1 if quick else _DAYS)
    shutil.rmtree(home, ignore_errors=True)
    _side("land", home, 1, days, lines, known)
    _side("build", home, _day(days), "history")
    samples: dict[str, list[Sample]] = {"continued": [], "refreshed": [], "pandas": []}
    for number in range(days + 1, known + 1):
        _side("land", home, number, number, lines, known)
        samples["pandas"].append(_side("pandas", home))
        samples["refreshed"].append(_side("build", home, _day(number), "refreshed"))
        samples["continued"].append(_side("build", home, _day(number), "continued"))
        told = {name: found[-1].wall_seconds for name, found in samples.items()}
        if samples["continued"][-1].told["rebuilt_because"]:
            raise SideFailed(f"the build did not continue: {samples['continued'][-1].told['rebuilt_because']}")
        ours, theirs = (_side("daily", home, run_id).told["daily"] for run_id in ("", f"refreshed-{_day(number)}"))
        by_pandas = samples["pandas"][-1].told["daily"]
        if not ours == theirs == by_pandas:
            apart = [rows for rows in zip(ours, theirs, by_pandas, strict=False) if not rows[0] == rows[1] == rows[2]]
            raise SideFailed(
                f"other daily sums (continued, refreshed, pandas): {apart[:3] or 'another number of days'}"
            )
        tell(f"{_day(number)}: {told}")
    size = (home / "warehouse" / "build.duckdb").stat().st_size
    shutil.rmtree(home, ignore_errors=True)
    sides = {name: Measured(name, tuple(_short(s) for s in found)) for name, found in samples.items()}
    ours, theirs, by_pandas = (sides[name] for name in ("continued", "refreshed", "pandas"))
    family = {name: min(s.told["family"] for s in samples[name]) for name in ("continued", "refreshed")}
    inside = min(s.told["inside"] for s in samples["pandas"])
    rows = [
        Row("plain tables made afresh / the continued build", theirs.best / ours.best, "x", theirs.median / ours.median, note=f"CPU {theirs.cpu / ours.cpu:.2f} x"),
        Row("the continued build of a day", ours.best, "s", ours.median),
        Row("plain tables made afresh", theirs.best, "s", theirs.median),
        Row("pandas, lines and cases by day from all raw objects", inside, "s", note="its imports left out"),
        Row("of plain tables: the models of order lines and refunds", family["refreshed"], "s"),
        Row("of the continued build: the same models", family["continued"], "s"),
        Row("pandas / these models, plain", inside / family["refreshed"], "x"),
        Row("pandas / these models, continued", inside / family["continued"], "x"),
    ]  # fmt: skip
    return Result(
        "compare", f"A day more on {days} days of {lines:,} order lines: continued, made afresh, and by pandas", (days, lines) == _FULL, rows,
        list(sides.values()), {"days": days, "order_lines_a_day": lines, "build_file_mb": round(size / 1e6)},
        "All three come to the same order lines, money and after-sales cases of every day. pandas makes these daily sums alone, from four "
        "columns; the models make every column of the lines and cases, with customers, channels, costs and flags.",
    )  # fmt: skip


def _day(number: int) -> str:
    return (FIRST + dt.timedelta(days=number - 1)).isoformat()


def _short(sample: Sample) -> Sample:
    return Sample(sample.wall_seconds, sample.cpu_seconds, sample.peak_bytes)


def _side(name: str, *arguments: object) -> Sample:
    return run_process([sys.executable, "-m", "benchmarks.compare_sides", name, *map(str, arguments)])
