"""What Airflow costs: parsing the DAG files, and running the day's DAGs beside `fupan run` on the same files."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from pathlib import Path

from benchmarks.fixed_cost import fupan_run
from benchmarks.measure import Sample, run_process, side, take_turns
from benchmarks.result import Result, Row, ratio
from benchmarks.whole_day import daily_files


def run(scratch: Path, *, quick: bool, repeats: int, tell: Callable[[str], None]) -> Result:
    """The same day of 20,000 order lines (quick: 2,000) by both ways, each on an empty home with its files in the inbox.

    Airflow's metadata database is made before the clock starts: it is made once in an installation's life.
    """
    lines = 2_000 if quick else 20_000
    inbox, made = daily_files(scratch, lines)
    home = scratch / "airflow"
    parsing = {"AIRFLOW_HOME": str(scratch / "airflow_parse"), "AIRFLOW__CORE__LOAD_EXAMPLES": "False"}

    def on_files(work: Callable[[], Sample], *, airflow: bool = False) -> Callable[[], Sample]:
        def turn() -> Sample:
            shutil.rmtree(home, ignore_errors=True)
            shutil.copytree(inbox, home / "inbox")
            if airflow:
                side("prepare_airflow", home)
            try:
                return work()
            finally:
                shutil.rmtree(home, ignore_errors=True)

        return turn

    parse = [sys.executable, "-m", "benchmarks.sides", "parse_dags"]
    measured = take_turns(
        {
            "fupan run": on_files(lambda: fupan_run(home, made["day"])),
            "the same day's DAGs": on_files(lambda: side("run_dags", home, made["day"]), airflow=True),
            "DAG parse": lambda: run_process(parse, parsing),
            "import airflow": lambda: run_process([sys.executable, "-c", "import airflow.dag_processing.dagbag"], parsing),
        },
        repeats, tell,
    )  # fmt: skip
    plain, dags, parsed, start = measured.values()
    shutil.rmtree(scratch / "airflow_parse", ignore_errors=True)
    quickest = min((s.told for s in parsed.samples), key=lambda told: told["parse_seconds"])
    return Result(
        "airflow", f"Airflow, beside `fupan run` for a day of {lines:,} order lines", not quick,
        [
            Row(f"all {quickest['dags']} DAGs parsed, as by the dag processor", quickest["parse_seconds"], "s", limit=5),
            *[Row(f"of it: {name}", seconds, "s") for name, seconds in quickest["files"].items()],
            Row("the same in a new process, Airflow's own start included", parsed.best, "s", parsed.median),
            Row("beside it: Airflow's own start", start.best, "s", start.median),
            Row("fupan run", plain.best, "s", plain.median),
            Row("the same day by the DAGs (deploy/run_dags.py)", dags.best, "s", dags.median),
            Row("what Airflow adds", dags.best - plain.best, "s", dags.median - plain.median),
            ratio("DAGs / fupan run", dags, plain),
        ],
        list(measured.values()), {"order_lines": lines},
    )  # fmt: skip
