"""The sides of benchmarks/parcels.py: raw objects as landing leaves them, written by DuckDB; a build and a day more; the same in pandas."""

from __future__ import annotations

import datetime as dt
import json
import time
from pathlib import Path

_STATES = "['101', '103', '1002', '1002', '1003', '1001', '5', '301']"


def events_sql(first: int, count: int) -> str:
    """Eight events of each parcel (yunda, 84 days of shipping, newest first), as columns of kuaidi100.tracks by name."""
    return (
        f"select 'yunda' as carrier_code, 'YD' || (10000000000 + p)::varchar as tracking_no, '3' as parcel_state, true as is_signed, "
        f"timestamp '2026-06-01' + to_minutes((p % 120960 + e * (300 + p % 900))::bigint) as event_at, {_STATES}[e + 1] as event_status_code, "
        f"'text' as event_text from (select range as p from range({first}, {first + count})), (select 7 - range as e from range(8))"
    )


def orders_sql(first: int, count: int) -> str:
    """One order line of each parcel, as columns of douyin.orders_api by name; one in fifty is shipped after its promise."""
    ordered = "timestamp '2026-05-31' + to_minutes((p % 120960)::bigint)"
    return (
        f"select (6920000000000000000 + p)::varchar as order_id, (6920000000000000000 + p)::varchar || '1' as sub_order_id, '3' as order_status_code, 'u' || (p % 3000000) as open_id, "
        f"'P' || p % 5000 as product_id, 'S' || p % 5000 as merchant_code, 1 as quantity, 100.00 as list_amount_cny, 90.00 + p % 10 as payable_cny, 10.00 as discount_total_cny, "
        f"{ordered} as ordered_at, {ordered} as paid_at, {ordered} + to_hours(24 + (p % 50 = 0)::int * 30) as shipped_at, {ordered} + to_hours(48) as promised_ship_at, '浙江省' as province, "
        f"'YD' || (10000000000 + p)::varchar as tracking_numbers from (select range as p from range({first}, {first + count}))"
    )


def put(home: Path, source: str, dataset: str, load_id: str, sql: str, exported_at: dt.datetime) -> None:
    """One load as landing and its gate leave it: the raw object and its row in the ledger."""
    import duckdb

    from ingest import ledger
    from ingest.contract import load_contract
    from ingest.home import raw_object

    path = raw_object(home, source, dataset, load_id)
    path.parent.mkdir(parents=True, exist_ok=True)
    contract = load_contract(source, dataset)
    empty = ", ".join(f'null::{c.type} as "{c.name}"' for c in contract.kept)
    listed = ", ".join(f'"{c.name}"::{c.type} as "{c.name}"' for c in contract.kept)
    with duckdb.connect() as connection:
        connection.execute("set preserve_insertion_order = true")
        rows = connection.execute(
            f"copy (select {listed}, null::varchar as _extra, '{load_id}' as _load_id, 'made' as _source_file from (select {empty} where false union all by name {sql})) to '{path}'"
        ).fetchone()[0]
    ledger.write_load(
        home,
        ledger.Load(
            load_id=load_id, source=source, dataset=dataset, file_name="made", status="loaded", rows_read=rows, rows_loaded=rows, rows_quarantined=0, rows_non_data=0,
            encoding="utf-8", exported_at=exported_at, loaded_at=exported_at, seconds=0.0, bytes=1, reason="", notes="", first_data_date=None, last_data_date=None,
            is_dated=True, gate="passed",
        ),
    )  # fmt: skip


def build_parcels(home: str, parcels: str, day: str) -> None:
    """Build `parcels` parcels, then continue with `day` more and as many old ones told again; prints seconds by model."""
    import duckdb

    from benchmarks.parcels import STEPS
    from ingest.home import put_in_place
    from warehouse import candidate, steps
    from warehouse.layout import build_file, candidate_file

    place, count, more = Path(home), int(parcels), int(day)
    candidate.LEFT_OUT = candidate.BUT_MODELS
    told = {}
    for run, first, size, at in (
        ("full", 0, count, dt.datetime(2026, 9, 1, 2)),
        ("day", count - more, 2 * more, dt.datetime(2026, 9, 2, 2)),
    ):
        put(place, "kuaidi100", "tracks", ("a" if run == "full" else "b") * 32, events_sql(first, size), at)
        put(place, "douyin", "orders_api", ("c" if run == "full" else "d") * 32, orders_sql(first, size), at)
        built = steps.build_candidate(run, dt.date(2026, 8, 31) if run == "full" else dt.date(2026, 9, 1), home=place)
        assert (built.rebuilt_because is None) == (run == "day"), built
        with duckdb.connect() as connection:
            seconds = connection.execute(
                f"select node_name, sum(seconds) from read_parquet('{place}/ledger/model_runs/{run}.parquet') group by 1"
            ).fetchall()
        told[run] = {name: dict(seconds).get(name, 0.0) for name in STEPS}
        put_in_place(candidate_file(place, run), build_file(place))
    with duckdb.connect(str(build_file(place)), read_only=True) as connection:
        told["parcels"] = connection.execute("select count(*) from marts.parcel_sla").fetchone()[0]
    assert told["parcels"] == count + more
    print(json.dumps(told))


def parcels_in_pandas(parcels: str) -> None:
    """What people write in pandas: newest event, first pick-up, signature and lateness by parcel, from the same events and orders."""
    import duckdb

    with duckdb.connect() as connection:
        events, orders = (
            connection.execute(events_sql(0, int(parcels))).df(),
            connection.execute(orders_sql(0, int(parcels))).df(),
        )
    started = time.perf_counter()
    events = events.drop_duplicates(["tracking_no", "event_at", "event_status_code"]).sort_values(
        ["tracking_no", "event_at"]
    )
    gaps = events.event_at.diff().where(events.tracking_no == events.tracking_no.shift())
    by_parcel = events.assign(gap=gaps).groupby("tracking_no", sort=False)
    found = by_parcel.agg(
        first_at=("event_at", "min"),
        last_at=("event_at", "max"),
        state=("event_status_code", "last"),
        longest_gap=("gap", "max"),
    )
    signed = events[events.event_status_code == "301"].groupby("tracking_no").event_at.min().rename("signed_at")
    joined = orders.merge(found.join(signed), left_on="tracking_numbers", right_index=True, how="left")
    late = (joined.shipped_at > joined.promised_ship_at) | (
        joined.signed_at > joined.shipped_at + dt.timedelta(hours=120)
    )
    print(json.dumps({"seconds": time.perf_counter() - started, "late": int(late.sum()), "parcels": len(joined)}))
