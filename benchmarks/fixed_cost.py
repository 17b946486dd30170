"""What `fupan run` costs on a day without new files: its start, its looking, and with --force the build and both gates."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from pathlib import Path

from benchmarks.measure import PROJECT, Sample, run_process, side, take_turns
from benchmarks.result import Result, Row

_REFUSED = 3  # the simulated history holds files that are to be refused


def fupan_run(home: Path, day: str, *options: str) -> Sample:
    """`fupan run --as-of DAY --json` on a home; told: the seconds of each step and the loads."""
    command = [sys.executable, "-m", "warehouse.cli", "run", "--as-of", day, "--json", "--home", str(home), *options]
    return run_process(command, codes=(0, _REFUSED))


def run(scratch: Path, *, quick: bool, repeats: int, tell: Callable[[str], None]) -> Result:
    """A company of 30 days and 2,000 order lines a day (quick: 3 and 500), loaded and published once before."""
    days, lines = (3, 500) if quick else (30, 2000)
    home = scratch / "fixed_cost"
    shutil.rmtree(home, ignore_errors=True)
    made = side("make_exports", home / "inbox", days, lines, 7).told
    fupan_run(home, made["day"])
    tell("the company's history is published")
    dbt = [
        sys.executable, "-m", "dbt.cli.main", "--quiet", "parse", "--no-partial-parse", "--project-dir", str(PROJECT / "dbt_project"),
        "--profiles-dir", str(PROJECT / "dbt_project"), "--target-path", str(home / "tmp" / "parse"), "--log-path", str(home / "tmp" / "logs"),
    ]  # fmt: skip
    environment = {"FUPAN_BUILD_DB": str(home / "tmp" / "parse.duckdb"), "DO_NOT_TRACK": "1"}
    measured = take_turns(
        {
            "fupan run, nothing new": lambda: _unchanged(fupan_run(home, made["day"]), True),
            "fupan run --force, nothing new": lambda: _unchanged(fupan_run(home, made["day"], "--force"), False),
            "import great_expectations": lambda: run_process([sys.executable, "-c", "import great_expectations"]),
            "dbt parse, from nothing": lambda: run_process(dbt, environment),
            "fupan --help": lambda: run_process([sys.executable, "-m", "warehouse.cli", "--help"]),
        },
        repeats, tell,
    )  # fmt: skip
    idle, forced, gx, parse, helped = measured.values()
    steps = min(forced.samples, key=lambda s: s.wall_seconds).told["seconds"]
    result = Result(
        "fixed_cost", f"`fupan run` without new files ({days} days of {lines:,} order lines in the warehouse)", not quick,
        [
            Row("fupan run: nothing is new, nothing is built", idle.best, "s", idle.median, 15),
            Row("fupan run --force: builds, checks and publishes all the same", forced.best, "s", forced.median, 15),
            *[Row(f"of it: {step}", steps[step], "s") for step in ("build", "check", "publish")],
            Row("beside it: python -c 'import great_expectations'", gx.best, "s", gx.median),
            Row("beside it: dbt parse, from nothing", parse.best, "s", parse.median),
            Row("fupan --help", helped.best, "s", helped.median, 1),
        ],
        list(measured.values()), {"days": days, "order_lines_a_day": lines},
    )  # fmt: skip
    shutil.rmtree(home, ignore_errors=True)
    return result


def _unchanged(sample: Sample, expected: bool) -> Sample:
    if sample.told.get("unchanged") is not expected:
        raise RuntimeError(f"fupan run {'built although nothing was new' if expected else '--force built nothing'}")
    return sample
