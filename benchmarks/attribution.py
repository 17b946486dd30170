"""Attribution of 10,000,000 touches and 1,000,000 orders by all eight models, and one day more on top, against what one writes by hand."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

from benchmarks.measure import Measured, Sample, SideFailed, run_process
from benchmarks.result import Result, Row

GIB = 1024**3
CHANNELS = (12, 200)
#: seconds for all models, and for one day on top of them; bytes that they may hold
ALL_SECONDS, DAY_SECONDS, MOST_BYTES = 60.0, 3.0, 8 * GIB
_FULL = 10_000_000  # FUPAN_BENCH_TOUCHES takes fewer, and the page says how many
_WALKS = 1_000_000
#: of DuckDB's memory; Python and dbt come on top
_MEMORY = "5GB"


def run(scratch: Path, *, quick: bool, repeats: int, tell: Callable[[str], None]) -> Result:
    """90 days of touches and orders for 12 and for 200 channels (quick: 200,000 touches); each side once: they are minutes long.

    Raises SideFailed when a side does not come to the same orders.
    """
    touches = 200_000 if quick else int(os.environ.get("FUPAN_BENCH_TOUCHES", _FULL))
    rows, sides, facts = [], [], {"touches": touches}
    for channels in CHANNELS:
        found = _of_channels(scratch, touches, channels, tell)
        rows += found[0]
        sides += found[1]
        facts[f"{channels} channels"] = found[2]
    return Result(
        "attribution", f"Attribution of {touches:,} touches by eight models", touches >= _FULL, rows, sides, facts,
        "Seconds are dbt's own of each model and those of the Markov step, one after the other; starting Python and parsing the project are "
        "left out. A fifth of the journeys end in an order; those have 3 touches on average, the others 1.75. pandas does last and linear "
        "only, without reuse, labels or cents. The random walk is ChannelAttribution's way to removal effects: a million walks over the "
        "same counted steps.",
    )  # fmt: skip


def _of_channels(
    scratch: Path, touches: int, channels: int, tell: Callable[[str], None]
) -> tuple[list[Row], list[Measured], dict]:
    folder = scratch / f"attribution_{channels}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    path, work = folder / "world.duckdb", folder / "dbt"
    made = _side("make", path, touches, channels).told
    found = {}
    for name, arguments in {
        "build": (path, work), "pandas": (path,), "exact": (path,), "monte_carlo": (path, _WALKS), "day": (path, work),
    }.items():  # fmt: skip
        found[name] = _side(name, *arguments)
        tell(f"{channels} channels, {name}: {found[name].wall_seconds:.1f} s")
    if found["pandas"].told["orders"] > made["orders"] or not found["build"].told["credits"]:
        raise SideFailed(f"{found['pandas'].told} of {made}: the comparison would not be one")
    shutil.rmtree(folder, ignore_errors=True)
    steps, day = found["build"].told["seconds"], found["day"].told["seconds"]
    whole, one_day, peak = sum(steps.values()), sum(day.values()), max(found[s].peak_bytes for s in ("build", "day"))
    of = f"{channels} channels: "
    rows = [
        Row(of + "all eight models", whole, "s", limit=ALL_SECONDS),
        *[Row(of + name, seconds, "s") for name, seconds in sorted(steps.items(), key=lambda item: -item[1])[:8]],
        Row(of + "one day more", one_day, "s", limit=DAY_SECONDS),
        Row(of + "peak memory", peak / 1024**2, "MiB", limit=MOST_BYTES / 1024**2),
        Row(of + "last and linear in pandas / all eight models", found["pandas"].told["seconds"] / whole, "x"),
        Row(of + "a million random walks / exact effects", found["monte_carlo"].told["seconds"] / found["exact"].told["seconds"], "x",
            note=f"the walks are wrong by up to {found['monte_carlo'].told['furthest']:.4f} of an effect"),
    ]  # fmt: skip
    named = [Measured(f"{of}{name}", (_short(sample),)) for name, sample in found.items()]
    return rows, named, made | {k: v for k, v in found["build"].told.items() if k != "seconds"}


def _side(name: str, *arguments: object) -> Sample:
    command = [sys.executable, "-m", "benchmarks.attribution_world", name, *map(str, arguments)]
    return run_process(command, {"FUPAN_MEMORY_LIMIT": _MEMORY})


def _short(sample: Sample) -> Sample:
    """The seconds by model are rows of the report already."""
    return Sample(
        sample.wall_seconds,
        sample.cpu_seconds,
        sample.peak_bytes,
        {k: v for k, v in sample.told.items() if k != "seconds"},
    )
