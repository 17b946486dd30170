"""Landing a 73-column 抖店 order export: typed, checked and kept, against a bare copy of the same bytes, pandas, and dlt."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from benchmarks.measure import Measured, Sample, fresh, holding, side, take_turns
from benchmarks.others import other_python, other_side
from benchmarks.result import DLT, PLAIN, Result, Row, ratio, speed_up

MIB = 1024 * 1024


def run(scratch: Path, *, quick: bool, repeats: int, tell: Callable[[str], None]) -> Result:
    """1,000,000 rows (quick: 100,000) in UTF-8 and GB18030; raises SideFailed when a row is not loaded."""
    rows = 100_000 if quick else 1_000_000
    files = {e: side("make_orders", scratch / "files", rows, e).told for e in ("utf-8", "gb18030")}
    utf8, gb18030 = files["utf-8"]["path"], files["gb18030"]["path"]
    work = scratch / "landing"
    other_python(scratch)

    def ours(path: str) -> Callable[[], Sample]:
        return lambda: holding(fresh(work, lambda: side("land", path, work / "home")), "rows_loaded", rows)

    def theirs(name: str, path: str) -> Callable[[], Sample]:
        return lambda: fresh(work, lambda: side(name, path, work / "copy.parquet"))

    def dlt() -> Sample:
        folder, name = Path(gb18030).parent, Path(gb18030).name
        return holding(
            fresh(work, lambda: other_side(scratch, "csv_files", folder, name, "gb18030", work)), "rows", rows
        )

    measured = take_turns(
        {
            "land_file, UTF-8": ours(utf8),
            "DuckDB copy, UTF-8": theirs("duckdb_copy", utf8),
            "land_file, GB18030": ours(gb18030),
            "iconv + DuckDB copy, GB18030": theirs("iconv_duckdb_copy", gb18030),
            "pandas, UTF-8": theirs("pandas_copy", utf8),
            "dlt, GB18030": dlt,
        },
        repeats, tell, once=["dlt, GB18030"],
    )  # fmt: skip
    land8, duck8, land18, duck18, pandas8, dlt18 = measured.values()
    return Result(
        "landing", f"Landing {rows:,} rows of 73 columns", not quick,
        [
            ratio("UTF-8: land_file / DuckDB's bare copy", land8, duck8, PLAIN),
            ratio("GB18030: land_file / iconv, then the copy", land18, duck18, PLAIN),
            speed_up("UTF-8: pandas / land_file", land8, pandas8, 3.0),
            speed_up("GB18030: dlt / land_file", land18, dlt18, DLT),
            speed_up("beside it: dlt / iconv, then the copy", duck18, dlt18),
            _peak("UTF-8: peak memory of land_file", land8),
            _peak("GB18030: peak memory of land_file", land18),
            Row("UTF-8: rows per second", rows / land8.best, "rows/s", rows / land8.median),
        ],
        list(measured.values()),
        {
            "rows": rows, "utf8_bytes": files["utf-8"]["bytes"], "gb18030_bytes": files["gb18030"]["bytes"],
            "dlt": dlt18.samples[0].told["dlt"],
        },
        "The bare copy keeps every cell as text: it cleans, types, checks and counts nothing, keys no person, keeps no original and "
        "writes no ledger. dlt reads by its filesystem source and read_csv (pandas, all text) and writes Parquet by its filesystem "
        "destination.",
    )  # fmt: skip


def _peak(what: str, measured: Measured) -> Row:
    return Row(what, measured.peak_bytes / MIB, "MiB", limit=1536)
