"""The sides of the benchmark of bundles: `python -m benchmarks.bundles_sides NAME ARGUMENTS`; the last line is a JSON object."""

from __future__ import annotations

import datetime as dt
import json
import shutil
import sys
import time
from dataclasses import replace
from pathlib import Path

SOURCE, DATASET = "web", "touchpoints"


def make(home: str, objects: str, rows: str) -> None:
    """Land one file of touchpoints and repeat its object and its row of the ledger; bundle them all."""
    from ingest.home import raw_object
    from ingest.landing import land_file
    from warehouse.bundles import bundle

    place = Path(home)
    place.mkdir(parents=True)
    lines = [
        f"e{n},2026-10-01 10:00:{n:02},click,visitor_id,v{n},https://example.com/?utm_source=a&n={n}"
        for n in range(int(rows))
    ]
    file = place / "touchpoints_20261001100000.csv"
    file.write_text(
        "\n".join(["event_id,occurred_at,event_type,identity_type,identity_id,landing_url", *lines]), encoding="utf-8"
    )
    load = land_file(file, SOURCE, DATASET, place)
    first = raw_object(place, SOURCE, DATASET, load.load_id)
    loads = [replace(load, load_id=f"{n:032d}") for n in range(int(objects))]
    for one in loads:
        shutil.copy(first, raw_object(place, SOURCE, DATASET, one.load_id))
    first.unlink()
    (place / "loads.json").write_text(json.dumps([one.load_id for one in loads]))
    started = time.perf_counter()
    bundle(place, loads, dt.datetime(2036, 1, 1))
    print(json.dumps({"bundling_seconds": time.perf_counter() - started}))


def read_alone(home: str) -> None:
    """All rows, every object opened."""
    _read(Path(home), bundled=False)


def read_bundled(home: str) -> None:
    """All rows by the bundles."""
    _read(Path(home), bundled=True)


def _read(home: Path, *, bundled: bool) -> None:
    import duckdb

    from ingest.home import raw_object
    from ingest.typing_sql import literal
    from warehouse.bundles import as_bundled

    files = [raw_object(home, SOURCE, DATASET, load_id) for load_id in json.loads((home / "loads.json").read_text())]
    with duckdb.connect() as connection:
        started = time.perf_counter()
        read = as_bundled(home, SOURCE, DATASET, files) if bundled else files
        listed = ", ".join(literal(str(f)) for f in read)
        source = f"read_parquet([{listed}], union_by_name = true, file_row_number = true)"
        connection.execute(f"create table rows as select * from {source}")
        seconds = time.perf_counter() - started
        rows = connection.execute("select count(*) from rows").fetchone()[0]
    print(json.dumps({"rows": rows, "files": len(read), "seconds": seconds}))


if __name__ == "__main__":
    {f.__name__: f for f in (make, read_alone, read_bundled)}[sys.argv[1]](*sys.argv[2:])
