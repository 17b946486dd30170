"""Laws of the stock ledger on drawn moves and snapshots: every piece once, every day follows from the one before."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal as D

import pytest
from dbt_chain import SETTINGS, chain
from hypothesis import given, settings
from hypothesis import strategies as st

CHAIN = (
    ("intermediate", "int_stock_days"), ("intermediate", "int_stock_starts"), ("intermediate", "int_stock_span"), ("marts/goods", "stock_ledger"),
)  # fmt: skip
#: what the chain reads: table -> the columns that are filled
READ = {
    "marts.fct_stock_moves": ("sku_id", "warehouse_id", "move_type", "quantity", "moved_at", "move_date"),
    "marts.fct_stock_days": ("sku_id", "warehouse_id", "date", "snapshot_at", "on_hand", "last_counted_at"),
}
FIRST = dt.datetime(2026, 9, 1)
TYPES = {"purchase_in": 1, "sale_out": -1, "return_in": 1}

places = st.sampled_from([("s1", "w1"), ("s1", "w2")])
#: minutes since FIRST: around midnight and around the snapshots of 02:00 and 20:30, where a move can fall on the wrong side
minutes = st.builds(
    lambda day, minute: day * 24 * 60 + minute,
    st.integers(0, 6),
    st.sampled_from([60, 119, 121, 1229, 1231]),
)
moves = st.lists(st.tuples(places, st.sampled_from(sorted(TYPES)), st.integers(1, 40), minutes), max_size=25)
#: a snapshot at two in the morning closes the day before; one at 20:30 its own day
snapshots = st.lists(
    st.tuples(
        places,
        st.integers(1, 6),
        st.sampled_from([120, 20 * 60 + 30]),
        st.integers(0, 200),
        st.sampled_from([False, False, False, True]),
    ),
    max_size=12,
    unique_by=lambda s: (s[0], s[1] - (s[2] < 360)),
)


@pytest.fixture(scope="module")
def company(built):
    """A function: rows by table of READ -> a cursor with the chain built over them."""
    with chain(built, CHAIN, READ) as build:
        yield build


def _rows(drawn_moves, drawn_snapshots) -> dict[str, list[tuple]]:
    rows = {table: [] for table in READ}
    for (sku, warehouse), kind, quantity, minute in drawn_moves:
        at = FIRST + dt.timedelta(minutes=minute)
        rows["marts.fct_stock_moves"].append((sku, warehouse, kind, TYPES[kind] * quantity, at, at.date()))
    for (sku, warehouse), day, minute, on_hand, is_counted in drawn_snapshots:
        at = FIRST + dt.timedelta(days=day, minutes=minute)
        date = at.date() - dt.timedelta(days=minute < 360)
        counted_at = at - dt.timedelta(minutes=30) if is_counted else None
        rows["marts.fct_stock_days"].append((sku, warehouse, date, at, on_hand, counted_at))
    return rows


@settings(max_examples=40, **SETTINGS)
@given(drawn_moves=moves, drawn_snapshots=snapshots)
def test_every_piece_is_in_the_ledger_once(company, drawn_moves, drawn_snapshots):
    con = company(_rows(drawn_moves, drawn_snapshots))
    ledger = con.execute(
        "select sku_id, warehouse_id, date, opening_qty, inbound_qty, outbound_qty, return_qty, adjustment_qty, closing_qty, snapshot_qty,"
        " unexplained_qty, is_counted from marts.stock_ledger order by sku_id, warehouse_id, date"
    ).fetchall()
    before: dict[tuple, tuple] = {}
    for (
        sku,
        warehouse,
        date,
        opening,
        inbound,
        outbound,
        returned,
        adjusted,
        closing,
        snapshot,
        unexplained,
        is_counted,
    ) in ledger:
        assert opening + inbound - outbound + returned + adjusted == closing
        if (sku, warehouse) in before:
            day, stock = before[sku, warehouse]
            assert date == day + dt.timedelta(days=1), "a day is missing"
            assert opening == stock, "a day does not open with what the day before closed with"
        before[sku, warehouse] = (date, closing)
        assert (unexplained is None) == (snapshot is None)
        assert is_counted or adjusted == 0, "only a stocktake adjusts"
        assert not is_counted or unexplained == 0, "after a stocktake nothing is unexplained"
    for column, kind in (("inbound_qty", "purchase_in"), ("outbound_qty", "sale_out"), ("return_qty", "return_in")):
        moved = con.execute(f"select coalesce(sum({column}), 0) from marts.stock_ledger").fetchone()[0]
        assert moved == sum(quantity for _, its_kind, quantity, _ in drawn_moves if its_kind == kind)


@settings(max_examples=50, **SETTINGS)
@given(drawn_moves=moves, drawn_snapshots=snapshots)
def test_the_first_snapshot_is_met_and_what_is_unexplained_is_what_the_moves_do_not_tell(
    company, drawn_moves, drawn_snapshots
):
    """At the instant of a snapshot: what the first one said + the moves since (anew from each stocktake) + unexplained = what it says."""
    con = company(_rows(drawn_moves, drawn_snapshots))
    unexplained = {
        row[:3]: row[3]
        for row in con.execute("select sku_id, warehouse_id, date, unexplained_qty from marts.stock_ledger where snapshot_qty is not null").fetchall()
    }  # fmt: skip
    taken = sorted(
        (FIRST + dt.timedelta(days=day, minutes=minute), place, on_hand, is_counted, minute)
        for place, day, minute, on_hand, is_counted in drawn_snapshots
    )
    known: dict[tuple, tuple] = {}
    for at, place, on_hand, is_counted, minute in taken:
        if place not in known or is_counted:
            known[place] = (at, on_hand)
            expected = D(0)
        else:
            since, stock = known[place]
            moved = sum(
                TYPES[kind] * quantity for its_place, kind, quantity, m in drawn_moves
                if its_place == place and since < FIRST + dt.timedelta(minutes=m) <= at
            )  # fmt: skip
            expected = D(on_hand - stock - moved)
        date = at.date() - dt.timedelta(days=minute < 360)
        if (
            *place,
            date,
        ) in unexplained:  # days beyond the last move and snapshot of all, and beyond the data, have no row
            assert unexplained[*place, date] == expected, (place, date)
    assert len(unexplained) == len(taken)
