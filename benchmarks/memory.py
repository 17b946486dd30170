"""Whether memory stays flat as files grow: peak resident memory of landing one file at 1, 4 and 16 times a size."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from benchmarks.measure import Measured, Sample, fresh, holding, side
from benchmarks.result import Result, Row

MIB = 1024 * 1024
_TIMES = (1, 4, 16)
#: a file four times as large may take so much more: buffers that were not yet full, not rows that are held
FLAT = 1.25
#: kind -> (dataset, rows at 16 times; quick: a tenth)
_KINDS = {
    "CSV, GB18030": ("orders", 1_000_000),
    "XLSX": ("orders", 200_000),
    "JSONL": ("comments", 5_000_000),
}


def run(scratch: Path, *, quick: bool, repeats: int, tell: Callable[[str], None]) -> Result:
    """Each kind at three sizes, once each and twice if repeats allow; raises SideFailed when a row is not loaded."""
    work, rows, sides, facts = scratch / "memory", [], [], {}
    for kind, (dataset, most) in _KINDS.items():
        most //= 10 if quick else 1
        found = {
            times: _land(scratch, work, kind, dataset, most * times // 16, min(repeats, 2), tell) for times in _TIMES
        }
        peaks = {times: found[times].peak_bytes / MIB for times in _TIMES}
        rows += [
            Row(f"{kind}: peak at {times} x", peaks[times], "MiB", note=f"{most * times // 16:,} rows")
            for times in _TIMES
        ]
        rows += [
            Row(f"{kind}: 4 x / 1 x", peaks[4] / peaks[1], "x"),
            Row(f"{kind}: 16 x / 4 x", peaks[16] / peaks[4], "x", limit=FLAT),
        ]
        sides += found.values()
        facts[kind] = most
    return Result(
        "memory", "Memory as files grow", not quick, rows, sides, facts,
        "Peak resident memory of land_file. A small file does not fill the buffers that a large one does (DuckDB's and the reader's), so "
        "the step from 1 x to 4 x is theirs; what is held to the target is the step from 4 x to 16 x, where only the file grows.",
    )  # fmt: skip


def _land(
    scratch: Path, work: Path, kind: str, dataset: str, rows: int, repeats: int, tell: Callable[[str], None]
) -> Measured:
    path = _file(scratch / "files", kind, rows)

    def once() -> Sample:
        return holding(fresh(work, lambda: side("land", path, work / "home", dataset)), "rows_loaded", rows)

    name = f"{kind}, {rows:,} rows"
    measured = Measured(name, tuple(once() for _ in range(repeats)))
    tell(f"{name}: {measured.peak_bytes / MIB:,.0f} MiB")
    return measured


def _file(folder: Path, kind: str, rows: int) -> str:
    if kind == "CSV, GB18030":
        return side("make_orders", folder, rows, "gb18030").told["path"]
    return side("make_inputs", "sheet" if kind == "XLSX" else "comments", folder, rows).told["path"]
