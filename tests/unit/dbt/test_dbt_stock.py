"""Known answers of the stock ledger, purchases, oversells, lead times and allocation; the ledger also against plain Python."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from decimal import Decimal as D
from math import sqrt

import dbt_scenarios_stock

LAST = dt.date(2026, 9, 30)


def _at(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text)


def _plain_ledger() -> dict[tuple, tuple]:
    """(sku, warehouse, date) -> (opening, in, out, adjustment, closing, unexplained or None), walked move by move."""
    ins, outs, stocks = dbt_scenarios_stock.drawn(1)
    moves, snapshots = defaultdict(list), defaultdict(dict)
    for rows, sign, column in ((ins, 1, "checked_at"), (outs, -1, "shipped_at")):
        for row in rows:
            moves[row["sku_id"], row["warehouse_id"]].append((_at(row[column]), sign * row["quantity"]))
    for row in stocks:
        at = _at(row["_exported_at"])
        day = (at - dt.timedelta(hours=6)).date()
        known = snapshots[row["sku_id"], row["warehouse_id"]]
        if day not in known or known[day][0] < at:
            known[day] = (at, row["on_hand"], row["last_counted_at"] and _at(row["last_counted_at"]))
    found = {}
    for key in moves.keys() | snapshots.keys():
        mine, seen = sorted(moves[key]), snapshots[key]
        first = min([m[0].date() for m in mine] + list(seen))

        def between(after: dt.datetime, until: dt.datetime, mine=mine) -> int:
            """Net pieces in (after, until]; the other way round when `until` is the earlier."""
            if until < after:
                return -between(until, after)
            return sum(q for when, q in mine if after < when <= until)

        def end(day: dt.date) -> dt.datetime:
            return dt.datetime.combine(day, dt.time()) + dt.timedelta(days=1) - dt.timedelta(microseconds=1)

        anchor = min(seen)
        level = seen[anchor][1] - between(end(first - dt.timedelta(days=1)), seen[anchor][0])
        before_at, day = None, first
        while day <= LAST:
            today = [q for when, q in mine if when.date() == day]
            opening, level, adjustment, unexplained = level, level + sum(today), 0, None
            if day in seen:
                at, on_hand, counted = seen[day]
                told = on_hand - between(end(day), at)
                known_before = before_at or dt.datetime.combine(day - dt.timedelta(days=31), dt.time())
                if counted and known_before < counted <= at:
                    adjustment, level = told - level, told
                unexplained, before_at = told - level, at
            found[(*key, day)] = (opening, sum(q for q in today if q > 0), -sum(q for q in today if q < 0), adjustment, level, unexplained)  # fmt: skip
            day += dt.timedelta(days=1)
    return found


def test_the_ledger_is_what_a_walk_through_the_moves_gives(ask):
    rows = ask(
        "select sku_id, warehouse_id, date, opening_qty, inbound_qty, outbound_qty, adjustment_qty, closing_qty, unexplained_qty"
        " from marts.stock_ledger where sku_id like 'LED%'"
    )
    found = {row[:3]: tuple(v if v is None else int(v) for v in row[3:]) for row in rows}
    expected = {key: value for key, value in _plain_ledger().items() if key[2] <= max(k[2] for k in found)}
    assert found == expected
    assert sum(v[3] != 0 for v in found.values()) > 5, "no stocktake set anything right"
    assert sum(bool(v[5]) for v in found.values()) > 20, "nothing was miscounted"


def test_what_is_a_move(ask):
    rows = ask(
        "select document_key, move_type, warehouse_id, quantity from marts.fct_stock_moves where sku_id = 'DOC' order by all"
    )
    assert rows == [
        ("in:D1", "purchase_in", "W1", D(10)),
        ("out:jushuitan:order:JO1", "sale_out", "W1", D(-1)),
        ("out:jushuitan:order:JO1", "sale_out", "W1", D(-1)),
        ("out:jushuitan:out:77", "sale_out", "W1", D(-1)),
    ]


def test_oversell(ask):
    rows = ask(
        "select sub_order_id, sold_qty, sellable_qty, oversold_qty, is_open, age_days, sellable_elsewhere_qty, proposed_action"
        " from marts.oversell where sku_id = 'OVR' order by 1"
    )
    # 2 pieces: ovr-1 and ovr-2 take them, ovr-2 gives one back at 11:00, ovr-3 takes it, ovr-4 finds none
    assert [row[:5] for row in rows] == [("ovr-4-1", D(1), D(0), D(1), True)]


def test_purchase_lines(ask):
    rows = ask(
        "select purchase_id, lead_days, is_on_time, open_quantity from marts.fct_purchase_lines where supplier_id = 'SUP' order by 1"
    )
    assert rows == [("PO0", 4, True, D(0)), ("PO1", 8, False, D(0)), ("PO2", 12, False, D(0))]


def test_lead_time_is_drawn_to_what_was_agreed(ask):
    row = ask(
        "select lead_time_days, lead_time_deviation, safety_stock, reorder_point, demand_28d from marts.inventory_health where sku_id = 'LEAD'"
    )[0]
    # (4 + 8 + 12 + 5 orders' weight x 5 agreed days) / 8 = 6.125, kept as 6.13 (half to even is not used)
    lead = round((24 + 25) / 8 + 1e-9, 2)
    variance = sum((x - lead) ** 2 for x in (4, 8, 12)) / 3
    assert float(row[0]) == lead
    assert float(row[1]) == round(sqrt(variance), 2)
    # 26 of the 28 days up to 09-30 (09-03 .. 09-28) sold 2 pieces
    mean = 26 * 2 / 28
    deviation = sqrt(26 * 4 / 28 - mean**2)
    demand = round(mean, 4)
    safety = 1.65 * sqrt(lead * deviation**2 + demand**2 * variance)
    assert abs(float(row[2]) - safety) < 0.011
    assert abs(float(row[3]) - (demand * lead + float(row[2]))) < 0.006


def test_allocation_moves_what_others_can_spare(ask):
    rows = ask(
        "select province, home_warehouse_id, nearest_warehouse_with_stock, demand_share, local_fill_rate, suggested_transfer_qty, need_qty"
        " from marts.warehouse_allocation where sku_id = 'ALC' order by province desc"
    )
    by_home = {row[1]: row for row in rows}
    assert {row[0] for row in rows} == {"浙江省", "广东省"}
    zhejiang = next(row for row in rows if row[0] == "浙江省")
    assert zhejiang[2] == "AL2", "the near warehouse holds nothing"
    assert zhejiang[3] == D("0.750000")
    assert zhejiang[6] > 9
    assert by_home["AL1"][4] == 0
    assert zhejiang[5] == 9, "what the warehouse takes in a day"
    transfers = ask(
        "select from_warehouse_id, to_warehouse_id, quantity from intermediate.int_stock_transfers where sku_id = 'ALC'"
    )
    assert transfers == [("AL2", "AL1", 9)]


def test_a_forecast_stands_for_each_sku_that_sold(ask):
    rows = ask(
        "select count(*), count(distinct date), min(p50), bool_and(p90 >= p50) from marts.demand_forecast where sku_id = 'LEAD'"
    )
    assert rows[0][:2] == (14, 14)
    assert rows[0][2] >= 0
    assert rows[0][3]
    worse = ask("select count(*) from marts.demand_forecast where backtest_wmape > naive_wmape")
    assert worse == [(0,)]
