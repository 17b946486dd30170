"""Scenarios of the stock ledger, purchases, oversells and allocation. `drawn()` is also what its independent test works from."""

from __future__ import annotations

import datetime as dt
import random

import dbt_rows as r

FIRST = dt.datetime(2026, 9, 3)
DAYS = 25


def drawn(seed: int) -> tuple[list[dict], list[dict], list[dict]]:
    """(stock_in rows, stock_out rows, stock rows) of six skus in two warehouses: moves of day and night, snapshots at all hours.

    Snapshots follow the true stock but for stretches of miscount, which a stocktake sometimes ends; some days have none, some two.
    """
    dice = random.Random(seed)
    ins, outs, stocks = [], [], []
    for number in range(12):
        sku, warehouse = f"LED{number // 2}", f"LW{number % 2}"
        moves = []
        for _ in range(dice.randrange(5, 40)):
            at = FIRST + dt.timedelta(minutes=dice.randrange(DAYS * 24 * 60))
            moves.append((at, dice.choice([-3, -2, -1, -1, 5, 8])))
        for nth, (at, quantity) in enumerate(moves):
            row = {
                "sku_id": sku,
                "warehouse_id": warehouse,
                "quantity": abs(quantity),
                "line_id": f"{sku}{warehouse}{nth}",
            }
            if quantity > 0:
                ins.append(
                    row | {"stock_in_id": f"I{sku}{warehouse}{nth}", "stock_in_status": "80", "checked_at": str(at)}
                )
            else:
                outs.append(
                    row | {"stock_out_id": f"O{sku}{warehouse}{nth}", "stock_out_status": "110", "shipped_at": str(at)}
                )
        opening, miscount, counted = dice.randrange(20, 60), 0, None
        at = FIRST + dt.timedelta(hours=dice.randrange(0, 90))
        while at < FIRST + dt.timedelta(days=DAYS):
            if dice.random() < 0.3:
                miscount += dice.choice([-1, 1, 2])
            if dice.random() < 0.25:
                counted = at - dt.timedelta(minutes=dice.randrange(1, 300))
                opening, miscount = opening + miscount, 0
            level = opening + miscount + sum(q for when, q in moves if when <= at)
            stocks.append(
                {"sku_id": sku, "warehouse_id": warehouse, "on_hand": level, "last_counted_at": counted and str(counted),
                 "_exported_at": str(at), "_load_id": f"{sku}{at}"}
            )  # fmt: skip
            at += dt.timedelta(hours=dice.choice([5, 11, 24, 24, 24, 24, 60]), minutes=dice.randrange(60))
    dice.shuffle(stocks)
    return ins, outs, stocks


def ledger(raw: dict) -> None:
    """Three drawn worlds beside each other."""
    ins, outs, stocks = drawn(1)
    raw["erp__stock_in"] += ins
    raw["erp__stock_out"] += outs
    raw["erp__stock"] += stocks


def documents(raw: dict) -> None:
    """Which rows are moves: split shipments of an export, an API document beside its export, states, parts and defects."""
    split = {
        "erp_order_id": "JO1", "sub_order_id": "doc-1-1", "sku_id": "DOC", "warehouse_name": "一号仓", "quantity": 1,
        "stock_out_status": "已发货", "shipped_at": "2026-09-10 10:00:00",
    }  # fmt: skip
    raw["erp__stock_out"] += [
        split,
        split,  # a split shipment: two equal rows are two pieces
        split | {"_load_id": "older", "_exported_at": "2026-09-11 02:00:00", "quantity": 5},
        split | {"erp_order_id": "JO2", "sub_order_id": "doc-2-1"},
        # the API's document of the same order: the export steps back
        {"stock_out_id": "77", "line_id": "1", "erp_order_id": "JO2", "sub_order_id": "doc-2-1", "sku_id": "DOC",
         "warehouse_id": "W1", "quantity": 1, "stock_out_status": "Confirmed", "shipped_at": "2026-09-10 11:00:00"},
        split | {"erp_order_id": "JO3", "stock_out_status": "已取消"},
        split | {"erp_order_id": "JO4", "shipped_at": None},
    ]  # fmt: skip
    receipt = {
        "sku_id": "DOC",
        "warehouse_id": "W1",
        "quantity": 10,
        "stock_in_status": "80",
        "checked_at": "2026-09-08 10:00:00",
    }
    raw["erp__stock_in"] += [
        receipt | {"stock_in_id": "D1", "line_id": "1"},
        receipt | {"stock_in_id": "D1", "line_id": "2", "is_defect": True},
        receipt | {"stock_in_id": "D2", "line_id": "1", "stock_in_status": "30"},
        receipt | {"stock_in_id": "D3", "line_id": "1", "stock_in_status": "Confirmed", "warehouse_part_code": "4"},
    ]


def oversold(raw: dict) -> None:
    """Two pieces, three buyers; the second cancels before the third pays; a fourth is too many, another warehouse has one."""
    raw["erp__stock"] += [
        {"sku_id": "OVR", "warehouse_id": w, "on_hand": q, "_exported_at": "2026-09-15 02:00:00", "_load_id": "ovr"}
        for w, q in (("W1", 2), ("W2", 1))
    ]
    for number, hour in ((1, 9), (2, 10), (3, 12), (4, 13)):
        at = f"2026-09-15 {hour:02d}:00:00"
        raw["douyin__orders"].append(
            r.file_line(f"ovr-{number}", at, merchant_code="OVR", warehouse_id="W1", order_status="待发货")
        )
    raw["douyin__after_sales"].append(
        {
            "after_sale_id": "ovr-as", "order_id": "ovr-2", "sub_order_id": "ovr-2-1", "after_sale_type": "未发货退款",
            "after_sale_status": "退款成功", "refund_goods_cny": "100.00", "applied_at": "2026-09-15 10:30:00",
            "merchant_refunded_at": "2026-09-15 11:00:00", "received_at": "2026-09-15 11:00:00",
        }
    )  # fmt: skip


def suppliers(raw: dict) -> None:
    """A supplier of three orders: 4, 8 and 12 days where 5 were agreed; one order has come in part."""
    raw["supply__suppliers"].append(
        {"supplier_id": "SUP", "supplier_name": "三单厂", "category": "c", "lead_time_days": 5}
    )
    for number, (ordered, days) in enumerate(((1, 4), (2, 8), (3, 12))):
        order, at = f"PO{number}", dt.datetime(2026, 9, ordered, 9)
        raw["erp__purchase_orders"].append(
            {"purchase_id": order, "line_id": "1", "supplier_id": "SUP", "sku_id": "LEAD", "warehouse_id": "W1", "quantity": 10,
             "purchase_status": "60", "created_at": str(at), "expected_at": str(at + dt.timedelta(days=5))}
        )  # fmt: skip
        raw["erp__stock_in"].append(
            {"stock_in_id": f"PI{number}", "line_id": "1", "purchase_id": order, "sku_id": "LEAD", "warehouse_id": "W1",
             "quantity": 10, "stock_in_status": "80", "checked_at": str(at + dt.timedelta(days=days))}
        )  # fmt: skip
    raw["shop__products"].append(
        {"product_id": "P1", "sku_id": "LEAD", "product_name": "LEAD", "category": "c", "category_tier": "core",
         "role": "profit", "supplier_id": "SUP"}
    )  # fmt: skip
    raw["erp__stock"].append({"sku_id": "LEAD", "warehouse_id": "W1", "on_hand": 30, "_load_id": "lead"})
    for day in range(1, 29):
        at = f"2026-09-{day:02d} 10:00:00"
        raw["douyin__orders"].append(r.file_line(f"lead-{day}", at, merchant_code="LEAD", quantity=2, price="2.00"))


def allocation(raw: dict) -> None:
    """All stock in 广东, most buyers in 浙江: the spare pieces go there, no more than the warehouse takes in a day."""
    raw["shop__warehouses"] += [
        {"warehouse_id": "AL1", "warehouse_name": "杭州", "province": "浙江省", "daily_capacity": 9},
        {"warehouse_id": "AL2", "warehouse_name": "广州", "province": "广东", "daily_capacity": 500},
    ]
    raw["erp__stock"] += [
        {"sku_id": "ALC", "warehouse_id": w, "on_hand": q, "_exported_at": "2026-10-01 03:00:00", "_load_id": "alc"}
        for w, q in (("AL1", 0), ("AL2", 40))
    ]
    for day in range(10, 31):
        for province, pieces in (("浙江省", 3), ("广东省", 1)):
            at = f"2026-09-{day:02d} 09:00:00"
            raw["douyin__orders"].append(
                r.file_line(f"alc-{province}-{day}", at, merchant_code="ALC", quantity=pieces, province=province)
            )


def add(raw: dict) -> None:
    """Adds every scenario of this module to raw."""
    for build in (ledger, documents, oversold, suppliers, allocation):
        build(raw)
