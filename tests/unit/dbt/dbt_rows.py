"""Short ways to write raw rows: an order line of the file, its API twin, a touch, a link. Values are what the raw layer holds."""

from __future__ import annotations


def file_line(order: str, paid_at: str | None = None, line: str | None = None, price: str = "100.00", **more) -> dict:
    """One row of raw.douyin__orders (export file), one piece at `price` without discounts unless told otherwise."""
    quantity = more.pop("quantity", 1)
    unit = more.pop("unit_price_cny", price)
    return {
        "order_id": order,
        "sub_order_id": line or f"{order}-1",
        "product_id": "P1",
        "merchant_code": "SKU1",
        "quantity": quantity,
        "unit_price_cny": unit,
        "payable_cny": price,
        "discount_total_cny": "0.00",
        "order_status": "已完成" if paid_at else "待支付",
        "ordered_at": paid_at or "2026-09-20 10:00:00",
        "paid_at": paid_at,
    } | more


def api_line(order: str, open_id: str | None, paid_at: str | None = None, line: str | None = None, **more) -> dict:
    """One row of raw.douyin__orders_api: the same sub-order with its buyer; one piece at `price` (default 100.00)."""
    price = more.pop("price", "100.00")
    return {
        "order_id": order,
        "sub_order_id": line or f"{order}-1",
        "shop_id": "S1",
        "open_id": open_id,
        "order_status_code": "5" if paid_at else "1",
        "order_status": "已完成" if paid_at else "待支付",
        "product_id": "P1",
        "merchant_code": "SKU1",
        "quantity": 1,
        "unit_price_cny": price,
        "list_amount_cny": price,
        "payable_cny": price,
        "discount_total_cny": "0.00",
        "ordered_at": paid_at or "2026-09-20 10:00:00",
        "paid_at": paid_at,
    } | more


def touch(event: str, who: str, at: str, source: str | None = None, **more) -> dict:
    """One row of raw.web__touchpoints by the open_id `who`; `source` becomes utm_source, none leaves the touch untagged."""
    return {
        "event_id": event,
        "occurred_at": at,
        "event_type": "click",
        "identity_type": "open_id",
        "identity_id": who,
        "landing_url": f"https://shop.example/p?utm_source={source}" if source else None,
    } | more


def link(left: tuple[str, str], right: tuple[str, str]) -> dict:
    """One row of raw.crm__identity_links between two (type, id) identities."""
    return {
        "left_type": left[0],
        "left_id": left[1],
        "right_type": right[0],
        "right_id": right[1],
        "linked_at": "2026-09-01 00:00:00",
    }
