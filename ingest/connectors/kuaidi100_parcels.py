"""Which parcels to ask 快递100 for: the waybill numbers that landed lately and whose last known state is no end."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

#: where landed data holds waybill numbers: dataset, column of the number (several are joined by commas), column of the carrier
PLACES = (
    ("erp", "stock_out", "tracking_no", ("carrier_code", "carrier_name", "carrier")),
    ("douyin", "orders_api", "tracking_numbers", ("carrier_codes",)),
    ("douyin", "after_sales", "return_tracking_no", ("return_carrier",)),
    ("douyin", "after_sales_api", "return_tracking_no", ("return_carrier_code", "return_carrier")),
)
#: 签收, 退签 and 销单 with what resultv2 says in more detail: nothing more comes after them
FINAL_STATES = ("3", "4", "301", "302", "303", "304", "401", "210")
#: 快递100's codes: those of its own list, then others in use; the credentials may name more (`carriers`: {"name": "code"})
CARRIERS = {
    "顺丰": "shunfeng", "中通": "zhongtong", "圆通": "yuantong", "百世": "huitongkuaidi", "申通": "shentong", "韵达": "yunda",
    "EMS": "ems", "京东": "jd", "宅急送": "zhaijisong", "极兔": "jtexpress", "德邦": "debangkuaidi", "邮政": "youzhengguonei",
}  # fmt: skip


@dataclass(frozen=True)
class Parcel:
    """A waybill number and 快递100's code of its carrier; None when the carrier is not known."""

    number: str
    carrier: str | None


def open_parcels(home: Path, first: dt.date, carriers: Mapping[str, str]) -> list[Parcel]:
    """The parcels whose number was first landed on or after `first` and which have not ended, by number.

    Read from raw: the order, stock-out and after-sales rows for the numbers, the tracks for the last state. carriers: names to
    codes beside CARRIERS.
    """
    import duckdb

    with duckdb.connect() as connection:
        ended = _ended(connection, home)
        seen: dict[str, tuple[dt.datetime, str]] = {}
        for source, dataset, column, carrier_columns in PLACES:
            for number, at, carrier in _numbers(connection, home / "raw" / source / dataset, column, carrier_columns):
                known = seen.get(number)
                if known is None or at < known[0] or (not known[1] and carrier):
                    seen[number] = (min(at, known[0]) if known else at, carrier or (known[1] if known else ""))
    start = dt.datetime.combine(first, dt.time())
    codes = CARRIERS | dict(carriers)
    return [
        Parcel(number, carrier_code(carrier, codes))
        for number, (at, carrier) in sorted(seen.items())
        if at >= start and number not in ended
    ]


def carrier_code(told: str, codes: Mapping[str, str]) -> str | None:
    """快递100's code of a carrier as an order names it (圆通速递, yuantong); None when it is not known."""
    if told in codes.values():
        return told
    if told in codes:
        return codes[told]
    return next((code for name, code in codes.items() if told.upper().startswith(name.upper())), None)


def _ended(connection, home: Path) -> frozenset[str]:
    """The numbers whose newest track is an end. A corrected or returned parcel moves on, so that the newest decides."""
    folder = home / "raw" / "kuaidi100" / "tracks"
    if not any(folder.glob("*.parquet")):
        return frozenset()
    rows = connection.execute(
        "select tracking_no, arg_max(parcel_state, coalesce(_exported_at, _loaded_at)) from read_parquet(?, union_by_name = true) "
        "where parcel_state is not null group by tracking_no",
        [str(folder / "*.parquet")],
    ).fetchall()
    return frozenset(number for number, state in rows if state in FINAL_STATES)


def _numbers(
    connection, folder: Path, column: str, carrier_columns: Iterable[str]
) -> list[tuple[str, dt.datetime, str]]:
    """(number, first landed, carrier as it is told) of one dataset; nothing where it or its column is not there."""
    if not any(folder.glob("*.parquet")):
        return []
    rows = f"read_parquet('{str(folder / '*.parquet').replace(chr(39), chr(39) * 2)}', union_by_name = true)"
    there = {name for (name, *_) in connection.execute(f"describe select * from {rows}").fetchall()}
    if column not in there:
        return []
    carrier = next((f'"{name}"' for name in carrier_columns if name in there), "null")
    split = "list_filter(regexp_split_to_array({}, '[,，;；、\\s]+'), lambda x: x <> '')"
    return connection.execute(
        f"with told as (select {split.format(column)} as numbers, {split.format(f'coalesce({carrier}, {chr(39) * 2})')} as carriers, "
        f"coalesce(_exported_at, _loaded_at) as at from {rows} where {column} is not null), "
        "each as (select unnest(numbers) as number, generate_subscripts(numbers, 1) as n, carriers, at from told) "
        # one carrier stands for all numbers of the cell
        "select number, min(at), coalesce(max(case when len(carriers) = 1 then carriers[1] else carriers[n] end), '') "
        "from each where regexp_full_match(number, '[0-9A-Za-z-]{6,40}') group by number"
    ).fetchall()
