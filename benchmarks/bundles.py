"""Reading many small raw objects for a rebuild: each opened alone, against the bundles that `fupan maintain` makes of them."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from pathlib import Path

from benchmarks.measure import Sample, holding, run_process, take_turns
from benchmarks.result import Result, Row, ratio

_ROWS = 50  # of one object, which the copies have too


def run(scratch: Path, *, quick: bool, repeats: int, tell: Callable[[str], None]) -> Result:
    """5,000 objects of 50 touchpoints each (quick: 200), all rows read through the raw view of a build."""
    objects = 200 if quick else 5_000
    home = scratch / "bundles"
    shutil.rmtree(home, ignore_errors=True)
    made = _side("make", home, objects, _ROWS)
    tell(f"{objects:,} objects are made, and bundled in {made.told['bundling_seconds']:.1f} s")
    rows = objects * _ROWS
    measured = take_turns(
        {
            "objects, each alone": lambda: holding(_side("read_alone", home), "rows", rows),
            "bundles": lambda: holding(_side("read_bundled", home), "rows", rows),
        },
        repeats, tell,
    )  # fmt: skip
    alone, bundled = measured.values()
    seconds = {m.name: min(s.told["seconds"] for s in m.samples) for m in measured.values()}
    shutil.rmtree(home, ignore_errors=True)
    return Result(
        "bundles", f"Reading {objects:,} small raw objects", not quick,
        [
            ratio("each alone / bundled", alone, bundled),
            Row("cost of an object that is opened alone", seconds["objects, each alone"] / objects * 1000, "ms"),
            Row("cost of an object in a bundle", seconds["bundles"] / objects * 1000, "ms"),
            Row("bundling them once", made.told["bundling_seconds"], "s"),
        ],
        list(measured.values()), {"objects": objects, "rows": rows},
        "The cost of an object is that of making the raw view and reading all rows through it, without the process's start.",
    )  # fmt: skip


def _side(name: str, *arguments: object) -> Sample:
    return run_process([sys.executable, "-m", "benchmarks.bundles_sides", name, *map(str, arguments)])
