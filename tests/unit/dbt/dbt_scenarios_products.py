"""Scenarios of the product scorecard: a hit, a dud, and one of which little is known, all paid in December 2025."""

from __future__ import annotations

import dbt_rows as r


def add(raw: dict) -> None:
    """PS-A sells three pieces for 300 with 100 refunded, PS-B one piece for 50, PS-C (in no list) one for 20."""

    def sold(order: str, sku: str, product: str, price: str, quantity: int = 1) -> None:
        unit = f"{float(price) / quantity:.2f}"
        raw["douyin__orders"].append(
            r.file_line(
                order,
                "2025-12-10 10:00:00",
                price=price,
                quantity=quantity,
                unit_price_cny=unit,
                merchant_code=sku,
                product_id=product,
            )
        )

    sold("ps-1", "PSA1", "PS-A", "100.00")
    sold("ps-2", "PSA2", "PS-A", "200.00", 2)
    sold("ps-3", "PSB", "PS-B", "50.00")
    sold("ps-4", "PSC", "PS-C", "20.00")
    raw["douyin__after_sales"].append(
        {
            "after_sale_id": "AS-ps", "order_id": "ps-1", "sub_order_id": "ps-1-1", "after_sale_type": "已发货退款", "after_sale_status": "退款成功",
            "refund_goods_cny": "100.00", "applied_at": "2025-12-12 09:00:00",
        }
    )  # fmt: skip
    listed = {"category": "ps", "category_tier": "core", "product_name": "n"}
    raw["shop__products"] += [
        {"product_id": "PS-A", "sku_id": "PSA1", "role": "profit", "cost_cny": "40.00", **listed},
        {"product_id": "PS-A", "sku_id": "PSA2", "role": "profit", "cost_cny": "40.00", **listed},
        {
            "product_id": "PS-B",
            "sku_id": "PSB",
            "role": "profit",
            "cost_cny": "45.00",
            "competitor_price_cny": "40.00",
            **listed,
        },
    ]
    raw["market__competitor_prices"] += [
        {"product_id": "PS-A", "competitor_id": c, "seen_at": at, "price_cny": price}
        for c, at, price in (("x", "2025-12-01 09:00:00", "900.00"), ("x", "2025-12-31 23:59:59", "120.00"), ("y", "2025-12-05 09:00:00", "130.00"))
    ]  # fmt: skip
    raw["erp__stock"] += [
        {"sku_id": sku, "warehouse_id": "W1", "on_hand": left, "sellable": left, "_exported_at": at, "_load_id": at}
        for sku, left, at in (
            ("PSA1", 5, "2025-12-30 20:00:00"), ("PSA2", 4, "2025-12-30 20:00:00"), ("PSA1", 0, "2025-12-31 20:00:00"), ("PSA2", 0, "2025-12-31 20:00:00"),
            ("PSB", 19, "2025-12-31 20:00:00"),
        )
    ]  # fmt: skip
    raw["shop__reviews"] += [
        {
            "review_id": f"ps-{n}",
            "product_id": "PS-A",
            "reviewed_at": "2025-12-20 10:00:00",
            "rating": stars,
            "content": "好",
        }
        for n, stars in enumerate((5, 5, 5, 3))
    ]
