"""What runs inside a measured process: `python -m benchmarks.sides NAME ARGUMENTS`; a JSON object may be its last line.

Each imports only what its side needs: the imports are part of what is measured.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from benchmarks import parcel_sides, plain


def land(file: str, home: str, dataset: str = "orders") -> None:
    """Our side: land_file of a file of 抖音, all that a load does, and the counts it came to."""
    from ingest.landing import land_file

    load = land_file(Path(file), "douyin", dataset, Path(home))
    if load.status != "loaded":
        raise SystemExit(f"{load.status}: {load.reason}")
    print(
        json.dumps(
            {"rows_loaded": load.rows_loaded, "rows_quarantined": load.rows_quarantined, "inside_seconds": load.seconds}
        )
    )


def land_folder(folder: str, home: str) -> None:
    """Our side for many small files: every file of a folder landed in one room, as the files of an inbox are."""
    from ingest.contract import load_contract
    from ingest.given import plain as given
    from ingest.landing import Landing

    started = time.perf_counter()
    files = (given(p) for p in sorted(Path(folder).glob("*.csv")))
    with Landing(Path(home)) as room:
        loads = [load for _, load in room.land_all(files, load_contract("douyin", "orders"))]
    _tell_loads(loads, time.perf_counter() - started)


def land_inbox(source: str, home: str) -> None:
    """Our side with all of it: what waits in the inbox is landed, cleared away and passed through the landing gate."""
    from ingest.pipeline import land_inbox as land_waiting

    started = time.perf_counter()
    result = land_waiting(source, home=Path(home))
    _tell_loads(result.loads, time.perf_counter() - started)


def _tell_loads(loads: list, seconds: float) -> None:
    if wrong := [x for x in loads if x.status != "loaded"]:
        raise SystemExit(f"{len(wrong)} of {len(loads)} files are not loaded; the first: {wrong[0].reason}")
    rows = sum(x.rows_loaded for x in loads)
    print(json.dumps({"files": len(loads), "rows_loaded": rows, "inside_seconds": seconds}))


def make_inputs(kind: str, folder: str, size: str) -> None:
    """Make a cached input (not measured) and print its path: small_files, sheet or comments."""
    from benchmarks.comments_file import comments_file
    from benchmarks.orders_file import small_files
    from benchmarks.sheet_file import sheet_file

    path = {"small_files": small_files, "sheet": sheet_file, "comments": comments_file}[kind](Path(folder), int(size))
    size_bytes = sum(p.stat().st_size for p in path.glob("*")) if path.is_dir() else path.stat().st_size
    print(json.dumps({"path": str(path), "bytes": size_bytes}))


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
        *plain.SIDES, land, land_folder, land_inbox, make_inputs, make_orders, make_exports, model_seconds, parse_dags,
        prepare_airflow, run_dags, parcel_sides.build_parcels, parcel_sides.parcels_in_pandas,
    )
}  # fmt: skip

if __name__ == "__main__":
    SIDES[sys.argv[1]](*sys.argv[2:])
