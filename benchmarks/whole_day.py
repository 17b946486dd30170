"""One business day of order lines from files to publication, by step, in one `fupan run` on an empty home."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

from benchmarks.fixed_cost import fupan_run
from benchmarks.measure import Measured, Sample, side
from benchmarks.result import Result, Row

MIB = 1024 * 1024
_SLOWEST = 10
_FULL = 1_000_000  # order lines; FUPAN_BENCH_LINES takes fewer, and the page says how many


def run(scratch: Path, *, quick: bool, repeats: int, tell: Callable[[str], None]) -> Result:
    """1,000,000 order lines (quick: 20,000) and all that belongs to them: after-sales, ads, touches, parcels, stock.

    The daily files of the simulator for the only day of its world, so that every line is of that day. Run once: the
    figure is minutes long and is not a ratio.
    """
    lines = 20_000 if quick else int(os.environ.get("FUPAN_BENCH_LINES", _FULL))
    inbox, made = daily_files(scratch, lines)
    tell(f"{made['files']} files, {sum(made['bytes'].values()) / 1e6:,.0f} MB")
    home = scratch / "whole_day"
    shutil.rmtree(home, ignore_errors=True)
    shutil.copytree(inbox, home / "inbox")
    sample = fupan_run(home, made["day"])
    models = _models(home)
    loaded = sum(load["rows_loaded"] for load in sample.told["loads"])
    result = Result(
        "whole_day", f"A day of {lines:,} order lines, from files to publication", lines >= _FULL,
        [
            Row("in all, the process's start and end included", sample.wall_seconds, "s"),
            *_steps(sample),
            *[Row(f"slowest in the build: {name}", seconds, "s") for name, seconds in models[:_SLOWEST]],
            Row("CPU in all", sample.cpu_seconds, "s"),
            Row("peak memory", sample.peak_bytes / MIB, "MiB"),
        ],
        [Measured("fupan run", (_without_loads(sample),))],
        {"order_lines": lines, "rows_loaded": loaded, "bytes": made["bytes"], "files": made["files"]},
    )  # fmt: skip
    shutil.rmtree(home, ignore_errors=True)
    return result


def daily_files(scratch: Path, lines: int) -> tuple[Path, dict]:
    """The cached inbox of one day of about so many order lines, and what it holds (day, files, bytes by dataset)."""
    import json

    inbox = scratch / "files" / f"day_{lines}"
    note = inbox.with_suffix(".json")
    if not note.exists():
        shutil.rmtree(inbox, ignore_errors=True)
        note.write_text(json.dumps(side("make_exports", inbox, 1, lines, 7).told), encoding="utf-8")
    return inbox, json.loads(note.read_text(encoding="utf-8"))


def _steps(sample: Sample) -> list[Row]:
    """Landing is the sum over the files; what else the pulls took is the landing gate and the looking into the inbox."""
    seconds = sample.told["seconds"]
    pulls = sum(s for step, s in seconds.items() if step.startswith("pull_"))
    landed = sum(load["seconds"] for load in sample.told["loads"])
    slowest = max(sample.told["loads"], key=lambda load: load["seconds"])
    named = f"{slowest['source']}.{slowest['dataset']}, {slowest['rows_loaded']:,} rows, {slowest['seconds']:.1f} s"
    return [
        Row("land", landed, "s", note=f"longest: {named}"),
        Row("landing gate", pulls - landed, "s", note="imports Great Expectations"),
        Row("build", seconds["build"], "s", note="dbt: models, seeds and tests"),
        Row("marts gate", seconds["check"], "s"),
        Row("publish", seconds["publish"], "s"),
    ]


def _models(home: Path) -> list[tuple[str, float]]:
    """(model, seconds) of the build, slowest first; read by a process of its own, so that this one stays small."""
    told = side("model_seconds", home).told
    return sorted(told.items(), key=lambda pair: -pair[1])


def _without_loads(sample: Sample) -> Sample:
    """The ledger's rows are no part of the report."""
    return Sample(sample.wall_seconds, sample.cpu_seconds, sample.peak_bytes, {"seconds": sample.told["seconds"]})
