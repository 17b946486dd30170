"""Scenarios of stock, demand and parcels."""

from __future__ import annotations

import dbt_rows as r


def stock(raw: dict) -> None:
    """Snapshots: the last of the day, the early one closing the day before, defective apart, 'all' beside warehouses."""

    def level(sku: str, warehouse: str | None, sellable: int, at: str = "2026-10-01 02:00:00", **more) -> dict:
        return {"sku_id": sku, "warehouse_id": warehouse, "on_hand": sellable, "sellable": sellable} | {
            "_exported_at": at,
            "_load_id": at,
            **more,
        }

    raw["erp__stock"] += [
        level("STK1", "W1", 10, at="2026-09-30 20:00:00"),
        level("STK1", "W1", 8),  # 02:00 on the 1st closes the 30th, and is its last snapshot
        level("STK1", "W1", 3, is_defect=True),
        level("STK1", None, 99),
        level("STK2", None, 40),
        level("STK2", None, 41, at="2026-10-01 06:00:00"),  # from 06:00 on the day is its own
        level("DEM", "W1", 30),
        level("DEM", "W2", 10, purchase_in_transit=5),
        level("DEAD", "W1", 5),
        level("EVEN", "W1", 0),
        level("EVEN", "W2", 0),
    ]


def demand(raw: dict) -> None:
    """DEM sells one piece a day from the 3rd to the 30th, 28 in all, and 7 more on the 30th; 3 of 4 known lines ship from W1."""
    for day in range(3, 31):
        warehouse = {3: "W1", 4: "W1", 5: "W1", 6: "W2"}.get(day)
        at = f"2026-09-{day:02d} 10:00:00"
        raw["douyin__orders"].append(r.file_line(f"dem-{day}", at, merchant_code="DEM", warehouse_id=warehouse))
    raw["douyin__orders"].append(
        r.file_line(
            "dem-x", "2026-09-30 11:00:00", merchant_code="DEM", quantity=7, unit_price_cny="1.00", price="7.00"
        )
    )
    raw["douyin__orders"].append(r.file_line("even-1", "2026-09-30 11:00:00", merchant_code="EVEN"))
    raw["douyin__orders"].append(r.file_line("dem-old", "2026-08-30 11:00:00", merchant_code="DEM", quantity=500))
    raw["shop__products"] += [
        {
            "product_id": "P1",
            "sku_id": sku,
            "product_name": sku,
            "category": "c",
            "category_tier": "core",
            "role": "profit",
        }
        for sku in ("SKU1", "DEM", "STK1", "PLATFORM1")
    ]
    raw["shop__warehouses"].append({"warehouse_id": "W1", "warehouse_name": "一号仓", "province": "浙江"})


def skus(raw: dict) -> None:
    """Which code names the sku: the listed one, wherever it stands; else what there is."""
    paid = "2026-09-20 12:00:00"
    raw["douyin__orders_api"] += [
        r.api_line("sku-a", None, paid, merchant_code="NOT-LISTED", platform_sku_id="PLATFORM1"),
        r.api_line("sku-b", None, paid, merchant_code="NOT-LISTED", platform_sku_id="9"),
        r.api_line("sku-c", None, paid, merchant_code=None, platform_sku_id="9"),
    ]


def parcels(raw: dict) -> None:
    """A parcel of two orders; the newest event wins whatever the file order; a repeated event with another text."""
    raw["douyin__orders_api"] += [
        r.api_line("par-1", None, "2026-09-20 12:00:00", tracking_numbers="NU1, NU2"),
        r.api_line("par-2", None, "2026-09-20 12:00:00", tracking_numbers="NU1"),
    ]

    def event(number: str, at: str, code: str, state: str, **more) -> dict:
        return {
            "carrier_code": "yto",
            "tracking_no": number,
            "event_at": at,
            "event_status_code": code,
            "parcel_state": state,
        } | more

    raw["kuaidi100__tracks"] += [
        event("NU1", "2026-09-22 10:00:00", "301", "3", event_text="signed"),
        event("NU1", "2026-09-22 10:00:00", "301", "3", event_text="signed, other words"),
        event("NU1", "2026-09-21 08:00:00", "103", "3"),
        event("NU1", "2026-09-21 08:00:00", "103", "1", _exported_at="2026-09-21 12:00:00", _load_id="old"),
        event("NU2", "2026-09-21 09:00:00", None, "77"),
    ]


def add(raw: dict) -> None:
    """Adds every scenario of this module to raw."""
    for build in (stock, demand, skus, parcels):
        build(raw)
