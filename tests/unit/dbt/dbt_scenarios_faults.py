"""Scenarios of numbers and keys that should not be: refunds that cannot be right, nothing for nothing, orphans, lines of one order."""

from __future__ import annotations

import dbt_rows as r

PAID = "2026-09-20 12:00:00"


def _sale(order: str, goods: str, received_at: str = "2026-09-22 10:00:00") -> dict:
    return {
        "after_sale_id": f"AS-{order}",
        "order_id": order,
        "sub_order_id": f"{order}-1",
        "after_sale_type": "仅退款",
        "after_sale_status": "退款成功",
        "refund_goods_cny": goods,
        "applied_at": "2026-09-21 09:00:00",
        "received_at": received_at,
    }


def refunds(raw: dict) -> None:
    """Below zero, above what was paid, before the payment, and of an order that nobody knows."""
    raw["douyin__orders"] += [r.file_line(f"odd-{name}", PAID) for name in ("below", "above", "early", "right")]
    raw["douyin__after_sales"] += [
        _sale("odd-below", "-10.00"),
        _sale("odd-above", "150.00"),
        _sale("odd-early", "20.00", "2026-09-20 11:59:59"),
        _sale("odd-right", "100.00"),
        _sale("odd-alone", "5.00"),
    ]


def amounts(raw: dict) -> None:
    """No pieces, no price, and twelve million yuan for one line."""
    raw["douyin__orders"] += [
        r.file_line("odd-none", PAID, quantity=0, price="0.00"),
        r.file_line("odd-gift", PAID, price="0.00"),
        r.file_line("odd-huge", PAID, price="12345678.90"),
    ]


def keys(raw: dict) -> None:
    """Lines of one order, goods and a room that no list has, and the same sub-order number under another order."""
    raw["douyin__orders"] += [
        r.file_line("key-1", PAID, line="key-1-a", price="60.00"),
        r.file_line("key-1", PAID, line="key-1-b", price="40.00"),
        r.file_line("key-2", PAID, product_id=None, merchant_code=None, price="7.00"),
    ]
    raw["douyin__orders_api"].append(r.api_line("key-1", "key-u", PAID, line="key-1-a", price="60.00", live_session_id="ROOM-NOBODY-KNOWS"))  # fmt: skip
    raw["douyin__after_sales"] += [
        _sale("key-1", "10.00") | {"after_sale_id": "AS-key-a", "sub_order_id": "key-1-a"},
        _sale("key-1", "5.00") | {"after_sale_id": "AS-key-b", "sub_order_id": "key-1-b"},
    ]


def add(raw: dict) -> None:
    """Adds every scenario of this module to raw."""
    for build in (refunds, amounts, keys):
        build(raw)
