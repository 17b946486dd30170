"""Landing a stream of 弹幕 as JSONL, against DuckDB's bare copy, and dlt."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from benchmarks.measure import fresh, holding, side, take_turns
from benchmarks.others import other_python, other_side
from benchmarks.result import DLT, PLAIN, Result, Row, ratio, speed_up


def run(scratch: Path, *, quick: bool, repeats: int, tell: Callable[[str], None]) -> Result:
    """5,000,000 messages (quick: 500,000), all of them by every side; raises SideFailed when one is not loaded."""
    rows = 500_000 if quick else 5_000_000
    made = side("make_inputs", "comments", scratch / "files", rows).told
    path, work = made["path"], scratch / "comments"
    other_python(scratch)
    measured = take_turns(
        {
            "land_file": lambda: holding(fresh(work, lambda: side("land", path, work / "home", "comments")), "rows_loaded", rows),
            "DuckDB copy": lambda: holding(fresh(work, lambda: side("duckdb_json_copy", path, work / "copy.parquet")), "rows", rows),
            "dlt": lambda: holding(fresh(work, lambda: other_side(scratch, "jsonl", path, work)), "rows", rows),
        },
        repeats, tell, once=["dlt"],
    )  # fmt: skip
    ours, duck, dlt = measured.values()
    return Result(
        "comments", f"Landing {rows:,} messages as JSONL", not quick,
        [
            ratio("land_file / DuckDB's bare copy", ours, duck, PLAIN),
            speed_up("dlt / land_file", ours, dlt, DLT),
            speed_up("beside it: dlt / DuckDB's bare copy", duck, dlt),
            Row("rows per second", rows / ours.best, "rows/s", rows / ours.median),
        ],
        list(measured.values()), {"messages": rows, "bytes": made["bytes"], "dlt": dlt.samples[0].told["dlt"]},
        "The bare copy reads each message once, guesses the types, and keeps persons' names and numbers as they come. Ours looks over all "
        "messages first (a field that stands twice, fields that are new), keys every person by HMAC-SHA-256, looks for phones and "
        "addresses in every text, types and checks by the contract, and keeps the original. dlt reads by its filesystem source and "
        "read_jsonl.",
    )  # fmt: skip
