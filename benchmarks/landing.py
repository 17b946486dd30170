"""Landing a 73-column 抖店 order export: typed, checked and kept, against a bare copy of the same bytes."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

from benchmarks.measure import Measured, Sample, SideFailed, side, take_turns
from benchmarks.result import Result, Row, ratio, speed_up

MIB = 1024 * 1024


def run(scratch: Path, *, quick: bool, repeats: int, tell: Callable[[str], None]) -> Result:
    """1,000,000 rows (quick: 100,000) in UTF-8 and GB18030; raises SideFailed when a row is not loaded."""
    rows = 100_000 if quick else 1_000_000
    files = {e: side("make_orders", scratch / "files", rows, e).told for e in ("utf-8", "gb18030")}
    utf8, gb18030 = files["utf-8"]["path"], files["gb18030"]["path"]
    work = scratch / "landing"

    def ours(path: str) -> Callable[[], Sample]:
        return lambda: _checked(_fresh(work, lambda: side("land", path, work / "home")), rows)

    def theirs(name: str, path: str) -> Callable[[], Sample]:
        return lambda: _fresh(work, lambda: side(name, path, work / "copy.parquet"))

    measured = take_turns(
        {
            "land_file, UTF-8": ours(utf8),
            "DuckDB copy, UTF-8": theirs("duckdb_copy", utf8),
            "land_file, GB18030": ours(gb18030),
            "iconv + DuckDB copy, GB18030": theirs("iconv_duckdb_copy", gb18030),
            "pandas, UTF-8": theirs("pandas_copy", utf8),
        },
        repeats, tell,
    )  # fmt: skip
    land8, duck8, land18, duck18, pandas8 = measured.values()
    return Result(
        "landing", f"Landing {rows:,} rows of 73 columns", not quick,
        [
            ratio("UTF-8: land_file / DuckDB's bare copy", land8, duck8, 1.5),
            ratio("GB18030: land_file / iconv, then the copy", land18, duck18, 1.5),
            speed_up("UTF-8: pandas / land_file", land8, pandas8, 3.0),
            _peak("UTF-8: peak memory of land_file", land8),
            _peak("GB18030: peak memory of land_file", land18),
            Row("UTF-8: rows per second", rows / land8.best, "rows/s", rows / land8.median),
        ],
        list(measured.values()),
        {"rows": rows, "utf8_bytes": files["utf-8"]["bytes"], "gb18030_bytes": files["gb18030"]["bytes"]},
    )  # fmt: skip


def _fresh(work: Path, run: Callable[[], Sample]) -> Sample:
    """Into an empty folder each time: a second landing of the same bytes would be a duplicate and do nothing."""
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    try:
        return run()
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _checked(sample: Sample, rows: int) -> Sample:
    if sample.told["rows_loaded"] != rows:
        raise SideFailed(f"{sample.told} instead of {rows} rows loaded: the comparison would not be one")
    return sample


def _peak(what: str, measured: Measured) -> Row:
    return Row(what, measured.peak_bytes / MIB, "MiB", limit=1536)
