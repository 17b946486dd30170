"""`python -m benchmarks`: run the benchmarks and print their tables (`make bench`).

Exit codes: 0 run (targets may be missed: read the table), 1 a side failed, 4 a target was missed and --check was given.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import tempfile
from pathlib import Path

from benchmarks import (
    airflow_cost,
    attribution,
    big,
    bundles,
    comments,
    compare,
    fixed_cost,
    flat,
    landing,
    memory,
    overhead,
    page,
    parcels,
    sheets,
    simulator,
    small_files,
    stock,
    whole_day,
)
from benchmarks.machine import describe
from benchmarks.measure import SideFailed
from benchmarks.report import print_result

BENCHMARKS = {
    "landing": landing.run,
    "sheets": sheets.run,
    "small_files": small_files.run,
    "comments": comments.run,
    "memory": memory.run,
    "simulator": simulator.run,
    "bundles": bundles.run,
    "fixed_cost": fixed_cost.run,
    "whole_day": whole_day.run,
    "flat": flat.run,
    "overhead": overhead.run,
    "compare": compare.run,
    "big": big.run,
    "stock": stock.run,
    "parcels": parcels.run,
    "attribution": attribution.run,
    "airflow": airflow_cost.run,
}


def options() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description="Measure Fupan against plain references, side by side."
    )
    parser.add_argument(
        "--quick", action="store_true", help="small inputs, to see that everything runs; targets are not judged"
    )
    parser.add_argument("--only", action="append", choices=BENCHMARKS, help="run only this one (repeatable)")
    parser.add_argument("--repeats", type=int, default=3, help="rounds in which every side runs once (default 3)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all samples as JSON")
    parser.add_argument(
        "--write-docs", action="store_true", help="put the sections of this run into docs/performance.md"
    )
    parser.add_argument("--check", action="store_true", help="exit with 4 when a target is missed")
    chosen = parser.parse_args()
    if chosen.repeats < 1:
        parser.error("--repeats must be at least 1")
    return chosen


def main() -> int:
    """Run what was chosen; returns the exit code."""
    chosen = options()
    kept = os.environ.get("FUPAN_BENCH_DIR")  # keeps the generated files for the next time
    scratch = Path(kept or tempfile.mkdtemp(prefix="fupan-bench-")).resolve()
    scratch.mkdir(parents=True, exist_ok=True)
    machine = describe()
    results = []
    try:
        for name in chosen.only or BENCHMARKS:
            _tell(f"== {name}")
            results.append(BENCHMARKS[name](scratch, quick=chosen.quick, repeats=chosen.repeats, tell=_tell))
            print_result(results[-1])
    except SideFailed as failure:
        print(failure, file=sys.stderr)
        return 1
    finally:
        if not kept:
            shutil.rmtree(scratch, ignore_errors=True)
        if chosen.json and results:
            written = {"machine": machine, "results": [r.as_dict() for r in results]}
            chosen.json.write_text(
                json.dumps(written, ensure_ascii=False, indent=1, default=str) + "\n", encoding="utf-8"
            )
    print(json.dumps(machine, ensure_ascii=False))
    if chosen.write_docs:
        page.write(results, machine, BENCHMARKS)
    missed = [(r.name, row.what) for r in results for row in r.missed]
    for name, what in missed:
        print(f"target missed: {name}: {what}", file=sys.stderr)
    return 4 if missed and chosen.check else 0


def _tell(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
