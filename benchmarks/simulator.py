"""How long the simulator takes to write a day of a million order lines with everything that belongs to them."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

from benchmarks.measure import Measured, side
from benchmarks.result import Result, Row

MIB = 1024 * 1024
_LIMIT = 120.0  # seconds, on two cores


def run(scratch: Path, *, quick: bool, repeats: int, tell: Callable[[str], None]) -> Result:
    """1,000,000 order lines (quick: 50,000) in one day, all datasets of all platforms. Run once: it is no ratio."""
    lines = 50_000 if quick else 1_000_000
    inbox = scratch / "simulated"
    shutil.rmtree(inbox, ignore_errors=True)
    sample = side("make_exports", inbox, 1, lines, 7)
    shutil.rmtree(inbox, ignore_errors=True)
    tell(f"{sample.told['files']} files: {sample.wall_seconds:.1f} s")
    sizes = sample.told["bytes"]
    largest = sorted(sizes.items(), key=lambda pair: -pair[1])[:8]
    return Result(
        "simulator", f"The simulator: a day of {lines:,} order lines and all that belongs to them", not quick,
        [
            Row("written", sample.wall_seconds, "s", limit=_LIMIT),
            Row("order lines per second", lines / sample.wall_seconds, "lines/s"),
            Row("written per second", sum(sizes.values()) / 1e6 / sample.wall_seconds, "MB/s"),
        ],
        [Measured("write_exports", (sample,))],
        {"order_lines": lines, "files": sample.told["files"], "datasets": len(sizes), "bytes": sum(sizes.values()), "largest": dict(largest)},
        "Lines are those of the 抖店 exports; the other shops', the live rooms', the ads', the parcels' and the stock's files come on top.",
    )  # fmt: skip
