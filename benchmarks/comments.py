"""Landing a stream of 弹幕 as JSONL, against DuckDB's bare copy, and dlt on slices."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from benchmarks.measure import Sample, fresh, holding, side, take_turns
from benchmarks.others import other_python, other_side
from benchmarks.result import DLT, PLAIN, Result, Row, ratio


def run(scratch: Path, *, quick: bool, repeats: int, tell: Callable[[str], None]) -> Result:
    """5,000,000 messages (quick: 500,000); raises SideFailed when one is not loaded.

    dlt would take an hour: it runs on slices of 25,000 and 100,000 (quick: 10,000 and 50,000), and the line through both tells
    the whole, so that its start is counted once and not fifty times.
    """
    rows = 500_000 if quick else 5_000_000
    short, long = (10_000, 50_000) if quick else (25_000, 100_000)
    made = {n: side("make_inputs", "comments", scratch / "files", n).told for n in (rows, short, long)}
    path, work = made[rows]["path"], scratch / "comments"
    other_python(scratch)

    def dlt(size: int) -> Callable[[], Sample]:
        return lambda: holding(
            fresh(work, lambda: other_side(scratch, "jsonl", made[size]["path"], work)), "rows", size
        )

    measured = take_turns(
        {
            "land_file": lambda: holding(fresh(work, lambda: side("land", path, work / "home", "comments")), "rows_loaded", rows),
            "DuckDB copy": lambda: holding(fresh(work, lambda: side("duckdb_json_copy", path, work / "copy.parquet")), "rows", rows),
            f"dlt, {short:,} messages": dlt(short),
            f"dlt, {long:,} messages": dlt(long),
        },
        repeats, tell,
    )  # fmt: skip
    ours, duck, dlt_short, dlt_long = measured.values()

    def whole(of_short: float, of_long: float) -> float:
        return of_long + (of_long - of_short) / (long - short) * (rows - long)

    best, median = whole(dlt_short.best, dlt_long.best), whole(dlt_short.median, dlt_long.median)
    note = f"scaled from {long:,} messages, not run whole"
    return Result(
        "comments", f"Landing {rows:,} messages as JSONL", not quick,
        [
            ratio("land_file / DuckDB's bare copy", ours, duck, PLAIN),
            Row("dlt / land_file", best / ours.best, "x", median / ours.median, DLT, at_least=True, note=note),
            Row("dlt for all of them", best, "s", median, note=note),
            Row("rows per second", rows / ours.best, "rows/s", rows / ours.median),
        ],
        list(measured.values()), {"messages": rows, "bytes": made[rows]["bytes"], "dlt": dlt_long.samples[0].told["dlt"]},
        f"The bare copy guesses the types and keeps persons' names and numbers as they come. dlt is run on {short:,} and on {long:,} "
        "messages and scaled along the line through both, because the whole would take it an hour; its figure is that extrapolation.",
    )  # fmt: skip
