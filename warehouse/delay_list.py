"""The compensation list (补偿名单) as a CSV that a person can open: reports/delayed_parcels_<as_of>.csv, written at every publication.

A parcel stands on one day's list only: those of earlier days, as they lie in the folder, are what has been handed out. Writing a
day's list again replaces it. No person stands in it: waybill and order numbers, which the shop's desk needs, and no customer.
"""

from __future__ import annotations

import csv
import datetime as dt
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from ingest.home import replacing

#: column of marts.delayed_parcels -> header
COLUMNS = {
    "tracking_no": "运单号", "order_ids": "订单号", "carrier_code": "承运商", "province": "省份", "customer_tier": "客户分层", "reason": "原因",
    "parcel_state": "包裹状态", "late_since_at": "延误开始时间", "hours_late": "延误小时", "coupon_cny": "建议补偿券（元）",
}  # fmt: skip
_IDS = ("tracking_no", "order_ids")
_WORDS = {
    "lost": "疑似丢件", "stalled": "途中停滞", "delivered_late": "派送超时", "shipped_late": "发货超时", "high_value": "高价值", "potential": "潜力",
    "new": "新客", "dormant": "沉睡", "prospect": "未成交", "unknown": "未知", "created": "已下单", "picked_up": "已揽收", "in_transit": "在途",
    "out_for_delivery": "派件中", "pickup_point": "在柜或驿站", "signed": "已签收", "exception": "疑难", "returning": "退回中", "rejected": "拒签",
    "customs": "清关中",
}  # fmt: skip
_NAME = re.compile(r"delayed_parcels_(\d{4}-\d{2}-\d{2})\.csv")
#: what a spreadsheet would run
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def list_file(home: Path, as_of: dt.date) -> Path:
    """Where the list of a day lies."""
    return home / "reports" / f"delayed_parcels_{as_of.isoformat()}.csv"


def write_delay_list(home: Path, version: Path, as_of: dt.date) -> Path | None:
    """Write the list of `as_of` from a published version; returns its path, None when the version has no such mart.

    UTF-8 with BOM, CRLF; whole or not at all. Text that a spreadsheet would take for a formula gets a ' before it; numbers of
    many digits a tab behind them, as 抖店 writes them itself, so that none is rounded.
    """
    import duckdb

    with duckdb.connect(str(version), read_only=True) as connection:
        there = "select count(*) from duckdb_tables() where schema_name = 'marts' and table_name = 'delayed_parcels'"
        if not connection.execute(there).fetchone()[0]:
            return None
        found = connection.execute(
            f"select {', '.join(COLUMNS)} from marts.delayed_parcels where coupon_cny > 0 order by coupon_cny desc, hours_late desc, tracking_no"
        ).fetchall()
    target = list_file(home, as_of)
    given = set(_handed_out(target.parent, as_of))
    with replacing(target) as temporary, temporary.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, lineterminator="\r\n")
        writer.writerow(COLUMNS.values())
        for row in found:
            told = dict(zip(COLUMNS, row, strict=True))
            if given.isdisjoint([told["tracking_no"], *str(told["order_ids"]).split(",")]):
                writer.writerow([_cell(name, value) for name, value in told.items()])
    return target


def _handed_out(folder: Path, as_of: dt.date) -> Iterator[str]:
    """The waybill and order numbers on the lists of earlier days."""
    for path in sorted(folder.glob("delayed_parcels_*.csv")):
        named = _NAME.fullmatch(path.name)
        if named and dt.date.fromisoformat(named[1]) < as_of:
            with path.open(encoding="utf-8-sig", newline="") as file:
                yield from _numbers(csv.DictReader(file))


def _numbers(rows: Iterable[dict[str, str]]) -> Iterator[str]:
    for row in rows:
        for name in _IDS:
            yield from ((row.get(COLUMNS[name]) or "").strip().lstrip("'").split(","))


def _cell(name: str, value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, dt.datetime):
        return value.isoformat(" ", "seconds")
    text = str(value)
    if name in _IDS:
        return f"{_safe(text)}\t"
    return _safe(_WORDS.get(text, text))


def _safe(text: str) -> str:
    """The text, with a ' before it when a spreadsheet would take it for a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text
