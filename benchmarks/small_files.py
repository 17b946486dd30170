"""Many small 抖店 exports, a file for each shop and hour as it were, against a plain loop over them, and dlt."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

from benchmarks.measure import Sample, fresh, holding, side, take_turns
from benchmarks.others import other_python, other_side
from benchmarks.result import DLT, PLAIN, Result, Row, ratio, speed_up

_ROWS = 50


def run(scratch: Path, *, quick: bool, repeats: int, tell: Callable[[str], None]) -> Result:
    """2,000 files of 50 rows (quick: 200); raises SideFailed when one is not loaded."""
    files = 200 if quick else 2_000
    made = side("make_inputs", "small_files", scratch / "files", files).told
    folder, work = made["path"], scratch / "small_files"
    other_python(scratch)

    def inbox() -> Sample:
        shutil.copytree(folder, work / "home" / "inbox" / "douyin" / "orders")
        return side("land_inbox", "douyin", work / "home")

    def loop(threads: int) -> Callable[[], Sample]:
        return lambda: holding(fresh(work, lambda: side("duckdb_loop", folder, work / "out", threads)), "files", files)

    measured = take_turns(
        {
            "landed in one room": lambda: holding(fresh(work, lambda: side("land_folder", folder, work / "home")), "files", files),
            "from the inbox, with the landing gate": lambda: holding(fresh(work, inbox), "files", files),
            "DuckDB, a loop, 1 thread": loop(1),
            "DuckDB, a loop, 2 threads": loop(2),
            "dlt": lambda: holding(fresh(work, lambda: other_side(scratch, "csv_files", folder, "*.csv", "utf-8-sig", work)), "rows", files * _ROWS),
        },
        repeats, tell, once=["dlt"],
    )  # fmt: skip
    ours, gated, one, two, dlt = measured.values()
    plain = min((one, two), key=lambda side: side.best)
    return Result(
        "small_files", f"{files:,} small files of {_ROWS} rows of 73 columns", not quick,
        [
            ratio("landed / the quicker loop", ours, plain, PLAIN),
            speed_up("dlt / landed", ours, dlt, DLT),
            speed_up("beside it: dlt / the quicker loop", plain, dlt),
            Row("files per second", files / ours.best, "files/s", files / ours.median),
            Row("cost of a file", ours.best / files * 1000, "ms", ours.median / files * 1000),
            Row("cost of a file in the loop", plain.best / files * 1000, "ms", plain.median / files * 1000),
            Row("cost of a file, with the landing gate", gated.best / files * 1000, "ms", gated.median / files * 1000),
        ],
        list(measured.values()), {"files": files, "rows": files * _ROWS, "bytes": made["bytes"], "dlt": dlt.samples[0].told["dlt"]},
        "The loop is read_csv to Parquet, all text, file after file in one process: it hashes nothing, keeps no copy of the original, "
        "flushes nothing to the disk (no fsync), looks for no duplicates and writes no ledger. Ours does all of that for each file. dlt "
        "reads all files by one glob and writes them into common Parquet files.",
    )  # fmt: skip
