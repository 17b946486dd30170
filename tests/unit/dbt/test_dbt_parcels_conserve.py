"""Laws of parcels on drawn companies: every parcel once, the orders' money once, a coupon once; by the models' own compiled SQL."""

from __future__ import annotations

from decimal import Decimal as D

import pytest
from dbt_chain import SETTINGS, chain
from hypothesis import given, settings
from hypothesis import strategies as st

CHAIN = (
    ("intermediate", "int_parcel_orders"), ("marts/core", "fct_parcel_events"), ("marts/core", "fct_parcels"), ("intermediate", "int_parcel_order_facts"),
    ("intermediate", "int_parcel_clocks"), ("marts/logistics", "parcel_sla"), ("marts/logistics", "carrier_scorecard"), ("intermediate", "int_parcel_delays"),
    ("intermediate", "int_late_order_parcels"), ("marts/logistics", "delayed_parcels"),
)  # fmt: skip
#: what the chain reads: table -> the columns that are filled
READ = {
    "intermediate.int_order_lines_merged": ("platform", "order_id", "tracking_numbers"),
    "intermediate.int_after_sales_merged": ("platform", "order_id", "tracking_no"),
    "intermediate.int_stock_out_parcels": ("order_id", "tracking_no"),
    "intermediate.int_order_lines_priced": ("platform", "order_id", "paid_at", "shipped_at", "order_status", "paid_cny", "refund_to_date_cny"),
    "intermediate.int_orders": ("platform", "order_id", "customer_key"),
    "intermediate.int_order_compensations": ("order_id", "compensated_by"),
    "staging.stg_kuaidi100__parcel_events": ("tracking_no", "carrier_code", "event_at", "event_code", "event_state", "parcel_state", "is_stall", "is_signed", "load_id", "row_in_load"),
    "marts.dim_customer": ("customer_key", "tier"),
}  # fmt: skip
PARCELS = ("P1", "P2", "P3", "P4")


@pytest.fixture(scope="module")
def company(built):
    """A function: rows by table of READ -> a cursor with the chain built over them."""
    with chain(built, CHAIN, READ, seeds=("delivery_hours", "delay_coupons")) as build:
        yield build


hours = st.integers(0, 19 * 24)
moments = hours.map(lambda h: f"2026-09-{1 + h // 24:02d} {h % 24:02d}:00:00")
lines = st.tuples(st.integers(0, 99_999), st.one_of(st.none(), moments))
orders = st.lists(
    st.tuples(
        st.booleans(),
        moments,
        st.lists(lines, min_size=1, max_size=2),
        st.sets(st.sampled_from(PARCELS)),
        st.booleans(),
    ),
    min_size=1,
    max_size=5,
)
states = st.sampled_from(["picked_up", "in_transit", "out_for_delivery", "signed", "exception", "returning", None])
events = st.lists(
    st.tuples(st.sampled_from([*PARCELS, "ORPHAN"]), moments, states), max_size=12, unique_by=lambda e: e[:2]
)


def _rows(drawn_orders, drawn_events) -> dict[str, list[tuple]]:
    rows = {table: [] for table in READ}
    for number, (is_paid, paid_at, its_lines, parcels, is_compensated) in enumerate(drawn_orders):
        order = f"o{number}"
        rows["intermediate.int_order_lines_merged"].append(("douyin", order, ",".join(sorted(parcels)) or None))
        rows["intermediate.int_orders"].append(("douyin", order, f"c{number % 2}"))
        for fen, shipped_at in its_lines:
            rows["intermediate.int_order_lines_priced"].append(
                ("douyin", order, paid_at if is_paid else None, shipped_at, "shipped", D(fen) / 100, D(0))
            )
        # what the order does not tell, the warehouse does, and some things twice
        rows["intermediate.int_stock_out_parcels"] += [(order, parcel.lower()) for parcel in sorted(parcels)[::2]]
        if is_compensated:
            rows["intermediate.int_order_compensations"].append((order, "ticket"))
    for number, (parcel, at, state) in enumerate(drawn_events):
        rows["staging.stg_kuaidi100__parcel_events"].append(
            (parcel, "yunda", at, state or "", state, state or "in_transit", False, False, "l", number)
        )
    rows["marts.dim_customer"] = [("c0", "new"), ("c1", "high_value")]
    return rows


@settings(max_examples=15, **SETTINGS)
@given(drawn_orders=orders, drawn_events=events)
def test_parcels_money_and_coupons_conserve(company, drawn_orders, drawn_events):
    con = company(_rows(drawn_orders, drawn_events))
    named = {p for _, _, _, parcels, _ in drawn_orders for p in parcels}
    tracked = {e[0] for e in drawn_events}
    found = con.execute("select tracking_no, is_orphan, week_start_date is not null from marts.parcel_sla").fetchall()
    assert sorted(row[0] for row in found) == sorted(named | tracked)
    owned = {p for is_paid, _, _, parcels, _ in drawn_orders if is_paid for p in parcels}
    assert {row[0] for row in found if row[1]} == (named | tracked) - owned
    fen = sum(f for is_paid, _, its_lines, parcels, _ in drawn_orders if is_paid and parcels for f, _ in its_lines)
    assert con.execute("select coalesce(sum(paid_cny), 0) from marts.parcel_sla").fetchone()[0] == D(fen) / 100
    assert con.execute("select count(*) from marts.fct_parcel_events").fetchone()[0] == len(drawn_events)
    assert con.execute("select coalesce(sum(parcels), 0) from marts.carrier_scorecard").fetchone()[0] == sum(
        row[2] for row in found
    )
    # never twice
    coupons = dict(con.execute("select tracking_no, coupon_cny from marts.delayed_parcels").fetchall())
    for is_paid, _, _, parcels, is_compensated in drawn_orders:
        with_coupon = [p for p in parcels if coupons.get(p, 0) > 0]
        assert len(with_coupon) <= (0 if is_compensated else 1), (is_paid, parcels)


@settings(max_examples=5, **SETTINGS)
@given(drawn_orders=orders, drawn_events=events, dice=st.randoms(use_true_random=False))
def test_the_order_of_telling_changes_nothing(company, drawn_orders, drawn_events, dice):
    asked = "select * from marts.parcel_sla order by tracking_no"
    before = company(_rows(drawn_orders, drawn_events)).execute(asked).fetchall()
    dice.shuffle(drawn_events)
    assert company(_rows(drawn_orders, drawn_events)).execute(asked).fetchall() == before
