"""Many small objects of results become one: what every run writes and every publication reads whole would cost more each day.

Packed are results of checks and of models that are older than a month. The pack is put in place first and the objects are removed
then, so a crash leaves rows twice and never none; who reads them takes each row once, and the next packing ends what was begun.
Objects of raw stay as they are (warehouse/bundles.py repeats them): a row's number is its place in its object.
"""

from __future__ import annotations

import hashlib
import time
from pathlib import Path

from ingest.durable import remove
from ingest.home import replacing
from ingest.typing_sql import literal

KINDS = ("quality_results", "model_runs")
_DAYS = 30
_FEWEST = 10


def pack(home: Path, days: int = _DAYS) -> int:
    """Pack results that are older than `days`; returns how many objects became parts of packs. Call under the warehouse's lock."""
    return sum(_pack(home / "ledger" / kind, time.time() - days * 86_400) for kind in KINDS)


def _pack(folder: Path, limit: float) -> int:
    import duckdb

    objects = sorted(p for p in folder.glob("*.parquet") if p.stat().st_mtime < limit)
    if len(objects) < _FEWEST:
        return 0
    listed = ", ".join(literal(str(p)) for p in objects)
    name = hashlib.sha256("\n".join(p.name for p in objects).encode()).hexdigest()[:16]
    with duckdb.connect() as connection, replacing(folder / f"pack_{name}.parquet") as temporary:
        connection.execute(
            f"copy (select distinct * from read_parquet([{listed}], union_by_name = true) order by all) to {literal(str(temporary))} (format parquet)"
        )
    for path in objects:
        if path.name != f"pack_{name}.parquet":
            remove(path)
    return len(objects)
