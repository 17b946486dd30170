"""What a whole daily run costs beside the sum of its SQL statements run alone in DuckDB."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

from benchmarks.fixed_cost import fupan_run
from benchmarks.flat import lengthen, put_day
from benchmarks.measure import Measured, Sample, SideFailed, run_process
from benchmarks.result import Result, Row

_FULL = 100_000  # order lines of the day; FUPAN_BENCH_OVERHEAD_LINES takes fewer
_LIMIT = 1.5
_HISTORY = 3  # days behind it
_NOT_ALONE = 0.2  # of the SQL's time; more of it taken from the run would compare the run with itself


def run(scratch: Path, *, quick: bool, repeats: int, tell: Callable[[str], None]) -> Result:
    """A day of 100,000 order lines (quick: 500) on top of three, from files to publication, and its SQL alone.

    The same run is made on a second copy of the home with every statement noted. The build's statements (dbt's models and tests, and
    those of enrich) are run again, alone, on the file that the build started from; the statements of landing, the gates and publishing
    read what Python gives them or write files that are gone, so the time that they took inside DuckDB in that run is taken. Raises
    SideFailed when much of the build's SQL did not run alone.
    """
    lines = 500 if quick else int(os.environ.get("FUPAN_BENCH_OVERHEAD_LINES", _FULL))
    home, noted, notes = (scratch / f"overhead_{name}" for name in ("run", "noted", "notes"))
    for folder in (home, noted, notes):
        shutil.rmtree(folder, ignore_errors=True)
    lengthen(home, _HISTORY + 1, lines, 1, _HISTORY)
    day = put_day(home, _HISTORY + 1, lines, _HISTORY + 1)
    shutil.copytree(home, noted, symlinks=True)
    notes.mkdir()
    whole = fupan_run(home, day)
    tell(f"the run: {whole.wall_seconds:.1f} s {whole.told['seconds']}")
    shutil.rmtree(home, ignore_errors=True)
    recorded = _side("record", noted, day, notes)
    alone = _side("replay", notes)  # reads the raw objects of `noted`
    tell(f"alone: {alone.told}, others {recorded.told}")
    for folder in (noted, notes):
        shutil.rmtree(folder, ignore_errors=True)
    build, others = alone.told["alone"] + alone.told["in_run"], recorded.told["others"]
    if alone.told["in_run"] > _NOT_ALONE * build:
        raise SideFailed(f"{alone.told['not_alone']} statements did not run alone: {alone.told['why']}")
    cpu = alone.told["cpu"] + recorded.told["others_cpu"]
    seconds = whole.told["seconds"]
    pulls = sum(s for step, s in seconds.items() if step.startswith("pull_"))
    rows = [
        Row("the whole run / its SQL alone", whole.wall_seconds / (build + others), "x", limit=_LIMIT, note=f"CPU {whole.cpu_seconds / cpu:.2f} x"),
        Row("the whole run", whole.wall_seconds, "s", note=f"CPU {whole.cpu_seconds:.1f} s"),
        Row("its SQL: of the build, alone", build, "s", note=f"{recorded.told['build_count']:,} statements; {alone.told['not_alone']} of them as in the run"),
        Row("its SQL: of landing, gates and publishing, as in the run", others, "s", note=f"{recorded.told['others_count']:,} statements"),
        Row("of the run: land and gate", pulls, "s"),
        *[Row(f"of the run: {step}", seconds[step], "s") for step in ("build", "check", "publish")],
        Row("the build step / its SQL alone", seconds["build"] / build, "x"),
    ]  # fmt: skip
    sides = [
        Measured("fupan run", (Sample(whole.wall_seconds, whole.cpu_seconds, whole.peak_bytes),)),
        Measured("the build's SQL alone, with the process's start", (Sample(alone.wall_seconds, alone.cpu_seconds, alone.peak_bytes),)),
    ]  # fmt: skip
    return Result("overhead", f"A day of {lines:,} order lines beside its SQL", lines >= _FULL, rows, sides, {"order_lines": lines, "days_before": _HISTORY})  # fmt: skip


def _side(name: str, *arguments: object) -> Sample:
    return run_process([sys.executable, "-m", "benchmarks.overhead_sides", name, *map(str, arguments)])
