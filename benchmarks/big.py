"""Order lines of history by the million: landed, built afresh, checked and published on 2 cores under 8 GiB, by step and how it grows."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

from benchmarks.measure import Measured, Sample, run_process
from benchmarks.result import Result, Row

GIB = 1024**3
_FULL = (1_000_000, 10_000_000)
_FIFTY = 50_000_000  # only with FUPAN_BENCH_BIG="1000000 10000000 50000000": days of machine time
_DAYS = 30
#: of DuckDB's memory within the 8 GiB of the process; Python, dbt and what DuckDB does not count come on top
_MEMORY, _MOST = "6GB", 8 * GIB


def run(scratch: Path, *, quick: bool, repeats: int, tell: Callable[[str], None]) -> Result:
    """Histories of 1 and 10 million order lines over 30 days (quick: 5,000 and 10,000), each once, from files to publication.

    The files are the exports of a span (simulator), with all that belongs to the lines: touches, parcels, after-sales, ads, stock. Each
    step is a process of its own. Not measured: making the files.
    """
    asked = tuple(int(x) for x in os.environ.get("FUPAN_BENCH_BIG", "").split()) or _FULL
    sizes = (5_000, 10_000) if quick else asked
    rows: list[Row] = []
    sides: list[Measured] = []
    seconds: dict[int, dict[str, float]] = {}
    facts: dict[str, object] = {"days": _DAYS, "duckdb_memory": _MEMORY}
    for lines in sizes:
        home = scratch / "big"
        shutil.rmtree(home, ignore_errors=True)
        made = _side("make", home, lines // _DAYS, _DAYS).told
        tell(f"{lines:,} lines: {made['files']} files, {made['bytes'] / 1e9:.2f} GB")
        samples = {}
        for step in ("land", "build", "check", "publish"):
            samples[step] = _side(step, home, lines // _DAYS, _DAYS)
            tell(
                f"{lines:,} lines, {step}: {samples[step].wall_seconds:.1f} s, {samples[step].peak_bytes / GIB:.2f} GiB"
            )
        seconds[lines] = {step: s.wall_seconds for step, s in samples.items()}
        total, peak = sum(seconds[lines].values()), max(s.peak_bytes for s in samples.values())
        rows += [
            Row(f"{lines:,} lines, in all", total, "s", note=f"{lines / total:,.0f} lines/s"),
            *[Row(f"{lines:,} lines: {step}", s.wall_seconds, "s", note=f"CPU {s.cpu_seconds:.0f} s, {s.peak_bytes / GIB:.2f} GiB") for step, s in samples.items()],
            Row(f"{lines:,} lines: peak memory", peak / 1024**2, "MiB", limit=_MOST / 1024**2),
        ]  # fmt: skip
        sides += [Measured(f"{lines:,} lines: {step}", (Sample(s.wall_seconds, s.cpu_seconds, s.peak_bytes),)) for step, s in samples.items()]  # fmt: skip
        facts[f"gb_of_files_{lines:,}"] = round(made["bytes"] / 1e9, 2)
        facts[f"build_file_gb_{lines:,}"] = round((home / "warehouse" / "build.duckdb").stat().st_size / 1e9, 2)
        shutil.rmtree(home, ignore_errors=True)
    for before, after in zip(sizes, sizes[1:], strict=False):
        grown = {step: seconds[after][step] / seconds[before][step] for step in seconds[after]}
        told = ", ".join(f"{step} {times:.1f} x" for step, times in grown.items())
        rows.append(Row(f"{after:,} lines / {before:,} lines, for {after / before:.0f} x the lines", sum(seconds[after].values()) / sum(seconds[before].values()), "x", note=told))  # fmt: skip
    title = f"{' and '.join(f'{n:,}' for n in sizes)} order lines of history, from files to publication under 8 GiB"
    return Result(
        "big",
        title,
        set(_FULL) <= set(sizes),
        rows,
        sides,
        facts,
        "" if _FIFTY in sizes else "50,000,000 lines were not run here.",
    )


def _side(step: str, *arguments: object) -> Sample:
    limit = {"FUPAN_MEMORY_LIMIT": _MEMORY}
    return run_process([sys.executable, "-m", "benchmarks.big_sides", step, *map(str, arguments)], limit)
