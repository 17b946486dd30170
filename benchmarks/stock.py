"""The stock ledger of a year, in full and by one more day, beside pandas; and the demand forecast."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

from benchmarks.measure import Measured, Sample, SideFailed, run_process
from benchmarks.result import Result, Row, ratio

MIB = 1024 * 1024
_FULL = 50_000_000  # moves; FUPAN_BENCH_MOVES takes fewer, with skus in proportion, and the page says how many
_SKUS, _DAYS = 20_000, 365
_STEPS = ("stg_erp__stock_outs", "stg_erp__stock_ins", "stg_erp__stock_levels", "int_stock_outs", "fct_stock_moves", "fct_stock_days",
          "int_stock_days", "int_stock_starts", "stock_ledger")  # fmt: skip


def run(scratch: Path, *, quick: bool, repeats: int, tell: Callable[[str], None]) -> Result:
    """50,000,000 moves of 20,000 skus x 5 warehouses x 365 days (quick: 1/500), then one more day with a move 100 days late; and such a
    day on a quarter of the history.
    """
    moves = _FULL // 500 if quick else int(os.environ.get("FUPAN_BENCH_MOVES", _FULL))
    skus = max(20, _SKUS * moves // _FULL)
    folder = scratch / "stock"
    shutil.rmtree(folder, ignore_errors=True)
    _, short = _built(folder / "quarter", skus, _DAYS // 4, moves // 4, tell)
    shutil.rmtree(folder)
    whole, day = _built(folder, skus, _DAYS, moves, tell)
    file = folder / "build.duckdb"
    frame = _side("pandas", folder / "files" / "history")
    if frame.told["rows"] != whole.told["rows"]:
        raise SideFailed(f"pandas has {frame.told['rows']:,} ledger rows, the build {whole.told['rows']:,}")
    ahead = _side("forecast", 500 if quick else 5_000, _DAYS)
    ours, theirs, more, foresight = (
        Measured(name, (sample,))
        for name, sample in (("full build", whole), ("pandas", frame), ("one more day", day), ("forecast", ahead))
    )
    size = file.stat().st_size
    shutil.rmtree(folder, ignore_errors=True)
    return Result(
        "stock", f"A stock ledger of {skus:,} skus x 5 warehouses x {_DAYS} days from {moves:,} moves", moves >= _FULL,
        [
            Row("full build", whole.wall_seconds, "s"),
            *[Row(f"of it {name}", whole.told["seconds"][name], "s") for name in _STEPS],
            Row("peak memory of the full build", whole.peak_bytes / MIB, "MiB", limit=8 * 1024),
            Row("one more day, with a move 100 days late", day.wall_seconds, "s"),
            *[Row(f"of it {name}", day.told["seconds"][name], "s") for name in _STEPS],
            Row("the same day on a quarter of the history", short.wall_seconds, "s"),
            Row("models of the day, on all of it / on a quarter", sum(day.told["seconds"].values()) / sum(short.told["seconds"].values()), "x", note="1 = flat"),
            ratio("full build / pandas", ours, theirs, note="pandas has neither versions of documents nor stocktakes nor moves after midnight"),
            Row("peak memory of pandas", frame.peak_bytes / MIB, "MiB"),
            Row("forecast of 5,000 skus x 365 days" if not quick else "forecast of 500 skus x 365 days", ahead.wall_seconds, "s", limit=120),
        ],
        [ours, more, theirs, foresight],
        {"moves": moves, "ledger_rows": whole.told["rows"], "build_bytes": size, "forecast_model_share": ahead.told["model_share"]},
    )  # fmt: skip


def _built(folder: Path, skus: int, days: int, moves: int, tell: Callable[[str], None]) -> tuple[Sample, Sample]:
    """(the full build of so many days, the day after on top of it), in folder/build.duckdb from folder/files."""
    _side("make", folder / "files", skus, days, moves)
    whole = _side("build", folder / "build.duckdb", folder / "files" / "history", "no")
    tell(f"full build of {days} days: {whole.wall_seconds:.1f} s")
    day = _side("build", folder / "build.duckdb", folder / "files" / "day", "yes")
    tell(f"a day: {day.wall_seconds:.1f} s")
    return whole, day


def _side(name: str, *arguments: object) -> Sample:
    return run_process(
        [sys.executable, "-m", "benchmarks.stock_sides", name, *map(str, arguments)], {"FUPAN_MEMORY_LIMIT": "6GB"}
    )
