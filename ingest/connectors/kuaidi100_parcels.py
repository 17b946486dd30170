"""Which parcels to ask 快递100 for: the waybill numbers that landed lately and whose last known state is no end."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ingest.home import raw_object
from ingest.ledger import Load, read_loads
from ingest.typing_sql import literal

#: where landed data holds waybill numbers: dataset, column of the number (several are joined by commas), column of the carrier
PLACES = (
    ("erp", "stock_out", "tracking_no", "carrier_name"),
    ("erp", "stock_out", "tracking_numbers", "carrier_name"),
    ("douyin", "orders_api", "tracking_numbers", "carrier_codes"),
    ("douyin", "after_sales_api", "tracking_numbers", "carrier_codes"),
    ("douyin", "after_sales_api", "return_tracking_no", "return_carrier"),
    ("douyin", "after_sales", "return_tracking_no", "return_carrier"),
    ("kuaishou", "orders", "tracking_no", "carrier_name"),
    ("weixin", "orders", "tracking_no", "carrier_name"),
)
_TOLD_OF = dt.timedelta(days=60)  # exports tell of an order again for a month
#: 签收, 退签 and 销单 with what resultv2 says in more detail: nothing more comes after them
FINAL_STATES = ("3", "4", "301", "302", "303", "304", "401", "210")
#: 快递100's codes: those of its own list, then others in use; the credentials may name more (`carriers`: {"name": "code"})
CARRIERS = {
    "顺丰": "shunfeng", "中通": "zhongtong", "圆通": "yuantong", "百世": "huitongkuaidi", "申通": "shentong", "韵达": "yunda",
    "EMS": "ems", "京东": "jd", "宅急送": "zhaijisong", "极兔": "jtexpress", "德邦": "debangkuaidi", "邮政": "youzhengguonei",
}  # fmt: skip


@dataclass(frozen=True)
class Parcel:
    """A waybill number, 快递100's code of its carrier (None when it is not known), and when a track of it last landed, if ever."""

    number: str
    carrier: str | None
    told_at: dt.datetime | None = None


def open_parcels(home: Path, first: dt.date, carriers: Mapping[str, str]) -> list[Parcel]:
    """The parcels whose number was first landed on or after `first` and which have not ended: those longest without a track first.

    Read from raw: the order, stock-out and after-sales rows for the numbers, the tracks for the last state and for a carrier that
    快递100 has corrected. carriers: names to codes beside CARRIERS.
    """
    import duckdb

    with duckdb.connect() as connection:
        connection.execute("create table loads (load_id varchar, landed_at timestamp)")
        loads = _loads(home, first)
        told = [[x.load_id for x in loads], [_moment(x) for x in loads]]
        connection.execute("insert into loads select unnest(?), unnest(?::timestamp[])", told)
        states = _newest_states(connection, _rows(home, loads, "kuaidi100", "tracks"))
        seen: dict[str, tuple[dt.datetime, str]] = {}
        for source, dataset, column, carrier_column in PLACES:
            for number, at, carrier in _numbers(
                connection, _rows(home, loads, source, dataset), column, carrier_column
            ):
                earliest, told = seen.get(number, (at, ""))
                seen[number] = (min(at, earliest), told or carrier)
    start = dt.datetime.combine(first, dt.time())
    codes = CARRIERS | dict(carriers)
    parcels = []
    for number, (at, told) in sorted(seen.items()):
        state, corrected, told_at = states.get(number, (None, None, None))
        if at >= start and state not in FINAL_STATES:
            parcels.append(Parcel(number, corrected or carrier_code(told, codes), told_at))
    return sorted(
        parcels, key=lambda parcel: parcel.told_at or dt.datetime.min
    )  # a limited run then leaves no parcel for ever


def carrier_code(told: str, codes: Mapping[str, str]) -> str | None:
    """快递100's code of a carrier as an order names it (圆通速递, yuantong); None when it is not known."""
    if told in codes.values():
        return told
    if told in codes:
        return codes[told]
    return next((code for name, code in codes.items() if told.upper().startswith(name.upper())), None)


def _loads(home: Path, first: dt.date) -> list[Load]:
    """What landed well, back to where a number that is still told of must have been told of first."""
    start = dt.datetime.combine(first, dt.time()) - _TOLD_OF
    return [x for x in read_loads(home) if x.status == "loaded" and x.gate != "failed" and _moment(x) >= start]


def _moment(load: Load) -> dt.datetime:
    return load.exported_at or load.loaded_at


def _rows(home: Path, loads: list[Load], source: str, dataset: str) -> str | None:
    """SQL of a dataset's landed rows with `landed_at`, by the export time of their files; None when nothing has been landed."""
    files = [raw_object(home, source, dataset, x.load_id) for x in loads if (x.source, x.dataset) == (source, dataset)]
    listed = ", ".join(literal(str(f)) for f in files if f.exists())
    if not listed:
        return None
    objects = f"read_parquet([{listed}], union_by_name = true)"
    return f"(select r.*, l.landed_at from {objects} as r join loads as l on l.load_id = r._load_id)"


def _columns(connection, rows: str) -> frozenset[str]:
    return frozenset(name for (name, *_) in connection.execute(f"describe select * from {rows}").fetchall())


def _newest_states(connection, rows: str | None) -> dict[str, tuple[str | None, str | None, dt.datetime]]:
    """number -> (newest state, carrier as 快递100 knows it, when it landed). A returned parcel moves on, so that the newest state decides."""
    if rows is None:
        return {}
    corrected = "corrected_carrier_code" in _columns(connection, rows)
    carrier = "coalesce(nullif(corrected_carrier_code, ''), carrier_code)" if corrected else "carrier_code"
    found = connection.execute(
        "select tracking_no, arg_max(parcel_state, landed_at) filter (parcel_state is not null), "
        f"arg_max({carrier}, landed_at), max(landed_at) from {rows} group by tracking_no"
    ).fetchall()
    return {number: (state, carrier, told_at) for number, state, carrier, told_at in found}


def _numbers(connection, rows: str | None, column: str, carrier: str) -> list[tuple[str, dt.datetime, str]]:
    """(number, first landed, carrier as it is told) of one dataset; nothing where it or its column is not there."""
    there = _columns(connection, rows) if rows else frozenset()
    if column not in there:
        return []
    carriers = f"coalesce({carrier}, '')" if carrier in there else "''"
    return connection.execute(
        f"with told as (select {_split(column)} as numbers, {_split(carriers)} as carriers, landed_at "
        f"from {rows} where {column} is not null), "
        "each as (select unnest(numbers) as number, generate_subscripts(numbers, 1) as n, carriers, landed_at from told) "
        # one carrier stands for all numbers of the cell
        "select number, min(landed_at), coalesce(max(case when len(carriers) = 1 then carriers[1] else carriers[n] end), '') "
        "from each where regexp_full_match(number, '[0-9A-Za-z-]{6,40}') group by number"
    ).fetchall()


def _split(cell: str) -> str:
    return f"list_filter(regexp_split_to_array({cell}, '[,，;；、\\s]+'), lambda x: x <> '')"
