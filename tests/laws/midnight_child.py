"""A process of its own, in whatever zone and under whatever clock: lands the files of a folder, prints what raw says and its bytes' hashes."""

from __future__ import annotations

import hashlib
import json
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

if __name__ == "__main__":
    import duckdb

    from ingest.home import raw_object
    from ingest.landing import land_file

    home, told = Path(sys.argv[1]), {"clock": time.strftime("%Y %Z"), "raw": {}}
    for path in sorted(Path(sys.argv[2]).glob("*/*/*")):
        source, dataset = path.parts[-3:-1]
        load = land_file(path, source, dataset, home)
        assert load.status == "loaded" and not load.rows_quarantined, (path.name, load.reason)
        raw = raw_object(home, source, dataset, load.load_id)
        moments = {
            "orders_api": "sub_order_id, ordered_at, paid_at",
            "touchpoints": "event_id, occurred_at",
            "live_schedule": "plan_id, starts_at, ends_at",
        }
        rows = duckdb.sql(f"select {moments[dataset]} from read_parquet('{raw}') order by 1").fetchall()
        told["raw"][f"{source}.{dataset}"] = {
            "sha256": hashlib.sha256(raw.read_bytes()).hexdigest(), "exported_at": str(load.exported_at), "rows": [[str(v) for v in row] for row in rows],
        }  # fmt: skip
    print(json.dumps(told))
