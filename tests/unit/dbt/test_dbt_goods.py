"""Known answers of stock, demand and parcels."""

from datetime import date
from decimal import Decimal as D
from math import sqrt

LAST = date(2026, 9, 30)


def test_stock_day(ask):
    rows = ask(
        "select sku_id, warehouse_id, date, sellable, defective from marts.fct_stock_days where sku_id like 'STK%' order by all"
    )
    assert rows == [
        ("STK1", "W1", LAST, D(8), D(3)),
        ("STK2", "all", LAST, D(40), D(0)),
        ("STK2", "all", date(2026, 10, 1), D(41), D(0)),
    ]


def test_demand_is_allotted_by_shipped_pieces_and_sums_to_the_sku(ask):
    rows = ask("select warehouse_id, demand_7d, demand_28d from marts.inventory_health where sku_id = 'DEM' order by 1")
    # 7 days: 7 + 7 = 14 pieces, 2 a day; 28 days: 28 + 7 = 35, 1.25 a day; three quarters ship from W1
    assert rows == [("W1", D("1.5000"), D("0.9375")), ("W2", D("0.5000"), D("0.3125"))]


def test_demand_is_even_where_nothing_tells(ask):
    rows = ask("select demand_7d, status from marts.inventory_health where sku_id = 'EVEN' order by warehouse_id")
    assert rows == [(D("0.0715"), "out"), (D("0.0714"), "out")], "1 piece in 7 days is 0.1429, shared to the last digit"


def test_reorder_arithmetic(ask):
    row = ask(
        "select safety_stock, reorder_point, suggested_order_qty, days_of_cover, stockout_date, status"
        " from marts.inventory_health where sku_id = 'DEM' and warehouse_id = 'W2'"
    )[0]
    deviation = sqrt((27 * 1 + 8 * 8) / 28 - 1.25**2) / 4
    safety = round(1.65 * deviation * sqrt(7), 2)
    assert float(row[0]) == safety
    assert float(row[1]) == round(0.3125 * 7 + safety, 2)
    assert row[2] == 0, "10 on the shelf and 5 coming are more than the reorder point"
    assert row[3:] == (D("32.00"), date(2026, 11, 1), "healthy")


def test_dead_stock(ask):
    assert ask("select status, days_of_cover from marts.inventory_health where sku_id = 'DEAD'") == [("dead", None)]


def test_parcels(ask):
    rows = ask(
        "select tracking_no, parcel_state, event_count, order_count, order_id, cast(picked_up_at as varchar), cast(signed_at as varchar)"
        " from marts.fct_parcels where tracking_no like 'NU%' order by 1"
    )
    assert rows == [
        ("NU1", "signed", 2, 2, None, "2026-09-21 08:00:00", "2026-09-22 10:00:00"),
        ("NU2", "unknown", 1, 1, "par-1", None, None),
    ]
