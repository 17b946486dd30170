"""What runs inside a measured process: `python -m benchmarks.sides NAME ARGUMENTS`; a JSON object may be its last line.

Each imports only what its side needs: the imports are part of what is measured.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path


def land(file: str, home: str) -> None:
    """Our side: land_file of a 抖店 order export, all that a load does, and the counts it came to."""
    from ingest.landing import land_file

    load = land_file(Path(file), "douyin", "orders", Path(home))
    if load.status != "loaded":
        raise SystemExit(f"{load.status}: {load.reason}")
    print(
        json.dumps(
            {"rows_loaded": load.rows_loaded, "rows_quarantined": load.rows_quarantined, "inside_seconds": load.seconds}
        )
    )


def duckdb_copy(file: str, target: str) -> None:
    """The reference: DuckDB's bare copy of the CSV to Parquet, all text, nothing cleaned, typed or checked."""
    import duckdb

    duckdb.execute(f"copy (select * from read_csv('{file}', all_varchar = true)) to '{target}' (format parquet)")


def iconv_duckdb_copy(file: str, target: str) -> None:
    """The reference for GB18030: iconv to UTF-8, then the bare copy."""
    import subprocess

    utf8 = Path(target).with_suffix(".utf8.csv")
    with open(utf8, "wb") as out:
        subprocess.run(["iconv", "-f", "GB18030", "-t", "UTF-8", file], stdout=out, check=True)
    duckdb_copy(str(utf8), target)


def pandas_copy(file: str, target: str) -> None:
    """What most people would write: pandas, all text."""
    import pandas as pd

    pd.read_csv(file, dtype=str).to_parquet(target)


def make_orders(folder: str, rows: str, encoding: str) -> None:
    """Make the cached order export (not measured) and print its path."""
    from benchmarks.orders_file import orders_file

    path = orders_file(Path(folder), int(rows), encoding)
    print(json.dumps({"path": str(path), "bytes": path.stat().st_size}))


def make_exports(inbox: str, days: str, lines: str, seed: str) -> None:
    """Make a company's exports (not measured): the history of `days` - 1 days, or the daily files alone when days is 1."""
    import datetime as dt

    from simulator.exports import write_exports
    from simulator.world import World

    first = dt.date(2026, 9, 1)
    last = first + dt.timedelta(days=int(days) - 1)
    written = write_exports(World(int(seed), first, int(days), int(lines)), Path(inbox), first, last)
    sizes = {}
    for path in written:
        dataset = ".".join(path.relative_to(inbox).parts[:2])
        sizes[dataset] = sizes.get(dataset, 0) + path.stat().st_size
    print(json.dumps({"day": last.isoformat(), "files": len(written), "bytes": sizes}))


def model_seconds(home: str) -> None:
    """Seconds of every dbt model of the only build of a home."""
    import duckdb

    rows = duckdb.execute(
        f"select node_name, seconds from read_parquet('{home}/ledger/model_runs/*.parquet') where node_type = 'model'"
    ).fetchall()
    print(json.dumps(dict(rows)))


def parse_dags() -> None:
    """Parse every DAG file as Airflow's dag processor does; prints the seconds of each, without Airflow's own start."""
    from airflow.dag_processing.dagbag import BundleDagBag

    from benchmarks.measure import PROJECT

    folder = str(PROJECT / "dags")
    sys.path.append(folder)
    started = time.perf_counter()
    bag = BundleDagBag(dag_folder=folder, bundle_path=Path(folder), bundle_name="dags-folder")
    seconds = time.perf_counter() - started
    if bag.import_errors or not bag.dags:
        raise SystemExit(f"DAG files do not import: {bag.import_errors}")
    files = {Path(s.file).name: s.duration.total_seconds() for s in bag.dagbag_stats}
    print(json.dumps({"parse_seconds": seconds, "dags": len(bag.dags), "files": files}))


def prepare_airflow(home: str) -> None:
    """Make the metadata database (not measured)."""
    from deploy.run_dags import prepare

    prepare(Path(home))


def run_dags(home: str, day: str) -> None:
    """The day's DAGs, in one process; every one must end in success."""
    import datetime as dt

    from deploy.run_dags import run_dags as run

    states = run(dt.date.fromisoformat(day), home=Path(home))
    if set(states.values()) != {"success"}:
        raise SystemExit(f"not every DAG succeeded: {states}")
    print(json.dumps({"dags": len(states)}))


SIDES = {
    f.__name__: f
    for f in (
        land, duckdb_copy, iconv_duckdb_copy, pandas_copy, make_orders, make_exports, model_seconds, parse_dags,
        prepare_airflow, run_dags,
    )
}  # fmt: skip

if __name__ == "__main__":
    SIDES[sys.argv[1]](*sys.argv[2:])
