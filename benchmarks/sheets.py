"""Landing a workbook of 40 mixed columns, against calamine's own reading, plain readers to Parquet, and dlt."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from benchmarks.measure import fresh, holding, side, take_turns
from benchmarks.others import other_python, other_side
from benchmarks.result import DLT, PLAIN, Result, Row, ratio, speed_up

_OWN_READING = 2.0  # times calamine's own reading time


def run(scratch: Path, *, quick: bool, repeats: int, tell: Callable[[str], None]) -> Result:
    """200,000 rows (quick: 20,000); raises SideFailed when a row is not loaded."""
    rows = 20_000 if quick else 200_000
    file = side("make_inputs", "sheet", scratch / "files", rows).told
    path, work = file["path"], scratch / "sheets"
    target = work / "copy.parquet"
    other_python(scratch)
    measured = take_turns(
        {
            "land_file": lambda: holding(fresh(work, lambda: side("land", path, work / "home")), "rows_loaded", rows),
            "calamine, to Python objects": lambda: holding(side("calamine_objects", path), "rows", rows + 1),
            "calamine, to Parquet": lambda: holding(fresh(work, lambda: side("calamine_parquet", path, target)), "rows", rows + 1),
            "fastexcel, to Parquet": lambda: holding(fresh(work, lambda: other_side(scratch, "fastexcel_parquet", path, target)), "rows", rows),
            "dlt": lambda: holding(fresh(work, lambda: other_side(scratch, "workbook", path, work)), "rows", rows),
        },
        repeats, tell, once=["dlt"],
    )  # fmt: skip
    ours, objects, calamine, fastexcel, dlt = measured.values()
    return Result(
        "sheets", f"Landing a workbook of {rows:,} rows of 40 columns", not quick,
        [
            ratio("land_file / calamine's own reading", ours, objects, _OWN_READING),
            ratio("land_file / calamine, to Parquet", ours, calamine, PLAIN),
            ratio("land_file / fastexcel, to Parquet", ours, fastexcel, PLAIN, "the fastest plain tool there is"),
            speed_up("dlt / land_file", ours, dlt, DLT),
            speed_up("beside it: dlt / fastexcel, to Parquet", fastexcel, dlt),
            Row("rows per second", rows / ours.best, "rows/s", rows / ours.median),
        ],
        list(measured.values()),
        {
            "rows": rows, "columns": 40, "bytes": file["bytes"], "dlt": dlt.samples[0].told["dlt"],
            "fastexcel": fastexcel.samples[0].told["fastexcel"],
        },
        "The plain readers hold the whole sheet in memory, find the header only in the first row, and check nothing; fastexcel is "
        "calamine in Rust from the file to Arrow. dlt reads as its documentation shows for Excel: pandas.read_excel, by openpyxl.",
    )  # fmt: skip
