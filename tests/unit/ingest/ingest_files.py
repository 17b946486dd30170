"""Files in the platforms' layouts, made by hand for the tests of ingestion; shared by tests/unit/ingest, contract and faults."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import layouts

ORDER_BASE = 6917926768823643751
NAME = "订单_20260911020000.csv"


def order(number: int = 0, **cells: str) -> dict[str, str]:
    """One line of the 74-column order export, `number` giving it ids of its own; cells override by header."""
    line = dict.fromkeys(layouts.ORDERS_74, "")
    line |= {
        "主订单编号": str(ORDER_BASE + 7 * number), "子订单编号": str(ORDER_BASE + 7 * number + 1), "选购商品": "羊毛衫", "商品数量": "1",
        "商品ID": "3600137140018749665", "商家编码": "SKU-1", "商品单价": "19.99", "订单应付金额": "19.99", "运费": "0.00",
        "订单提交时间": "2026-09-10 08:00:00", "支付完成时间": "2026-09-10 08:01:00", "订单状态": "待发货", "售后状态": "-", "达人ID": "0",
    }  # fmt: skip
    return line | cells


def orders(count: int = 5) -> list[dict[str, str]]:
    """`count` good order lines."""
    return [order(n) for n in range(count)]


def csv_text(rows: Iterable[dict[str, str]], header: Iterable[str] = layouts.ORDERS_74, newline: str = "\r\n") -> str:
    """Rows as CSV text under a header, quoted where needed."""
    out = io.StringIO()
    header = list(header)
    writer = csv.writer(out, lineterminator=newline)
    writer.writerow(header)
    writer.writerows([row.get(name, "") for name in header] for row in rows)
    return out.getvalue()


def put(folder: Path, content: str | bytes, name: str = NAME, encoding: str = "utf-8-sig") -> Path:
    """Write a file and return its path."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
    return path


def book(path: Path, sheets: dict[str, list[list[Any]]]) -> Path:
    """A real XLSX with those sheets; str cells are written as text."""
    import xlsxwriter

    path.parent.mkdir(parents=True, exist_ok=True)
    with xlsxwriter.Workbook(str(path), {"strings_to_numbers": False, "strings_to_formulas": False}) as workbook:
        for name, rows in sheets.items():
            sheet = workbook.add_worksheet(name)
            for r, cells in enumerate(rows):
                sheet.write_row(r, 0, cells)
    return path


def grid(rows: Iterable[dict[str, Any]], header: Iterable[str] = layouts.ORDERS_74) -> list[list[Any]]:
    """Header and rows as lists, for `book`."""
    header = list(header)
    return [header, *([row.get(name, "") for name in header] for row in rows)]


def api_order(number: int = 0, **fields: Any) -> dict[str, Any]:
    """One shop order of order/searchList with one sub-order, amounts in fen, times in unix seconds."""
    sub = {
        "order_id": str(ORDER_BASE + 7 * number + 1), "parent_order_id": str(ORDER_BASE + 7 * number), "create_time": 1788998400,
        "pay_time": 1788998460, "update_time": 1788998500, "product_id_str": "3600137140018749665", "product_id": 3600137140018749665,
        "item_num": 1, "origin_amount": 1999, "sum_amount": 1999, "pay_amount": 1999, "order_amount": 1999, "code": "SKU-1",
        "room_id": 7300000000000000001, "author_id": 0, "cid": 0, "order_status": 2, "order_status_desc": "备货中",
    }  # fmt: skip
    return {"order_id": str(ORDER_BASE + 7 * number), "open_id": f"buyer-{number}", "sku_order_list": [sub | fields]}


def api_answer(items: list[dict[str, Any]], total: int | None = None, code: int = 10000, **more: Any) -> str:
    """An answer of order/searchList."""
    return json.dumps(
        {
            "code": code,
            "msg": "success",
            "data": {"shop_order_list": items, "total": len(items) if total is None else total},
        }
        | more,
        ensure_ascii=False,
    )


def ad_row(number: int = 0, **fields: Any) -> dict[str, Any]:
    """One hour of one plan in report/ad/get."""
    return {
        "advertiser_id": 1700000000000001, "ad_id": 1750000000000001 + number, "stat_datetime": "2026-09-10 08:00:00", "stat_cost": 12.5,
        "show_cnt": 1000, "click_cnt": 40, "ctr": 4.0, "pay_order_count": 2, "pay_order_amount": 39.98,
    } | fields  # fmt: skip


def ad_page(rows: list[dict[str, Any]], total: int | None = None) -> str:
    """One page of report/ad/get as the connector drops it."""
    info = {"page": 1, "page_size": 200, "total_number": len(rows) if total is None else total, "total_page": 1}
    return (
        json.dumps(
            {"code": 0, "message": "OK", "request_id": "1", "data": {"list": rows, "page_info": info}},
            ensure_ascii=False,
        )
        + "\n"
    )


def raw_rows(home: Path, load: Any) -> list[dict[str, Any]]:
    """The typed rows of a load."""
    import pyarrow.parquet as pq

    return pq.read_table(home / "raw" / load.source / load.dataset / f"{load.load_id}.parquet").to_pylist()


def set_aside(home: Path, load: Any) -> list[dict[str, Any]]:
    """The quarantined rows of a load, by line."""
    import pyarrow.parquet as pq

    path = home / "quarantine" / load.source / load.dataset / f"{load.load_id}.parquet"
    return sorted(pq.read_table(path).to_pylist(), key=lambda r: r["line"]) if path.exists() else []


def law_holds(home: Path, load: Any) -> bool:
    """read = loaded + quarantined + non-data, and the objects hold as many rows as the ledger says."""
    counted = load.rows_read == load.rows_loaded + load.rows_quarantined + load.rows_non_data
    return (
        counted
        and len(raw_rows(home, load)) == load.rows_loaded
        and len(set_aside(home, load)) == load.rows_quarantined
    )
