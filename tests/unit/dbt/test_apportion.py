"""Largest remainder, property by property: the macro's own SQL, run on any amounts and weights."""

from __future__ import annotations

from fractions import Fraction

import pytest
from dbt_raw_world import DBT_PROJECT
from hypothesis import given, settings
from hypothesis import strategies as st


@pytest.fixture(scope="module")
def share():
    """A function: (amount, weights) -> parts in the order of the weights, as macros/apportion.sql computes them."""
    import duckdb
    from jinja2 import Environment

    macros = Environment().from_string((DBT_PROJECT / "macros" / "apportion.sql").read_text(encoding="utf-8")).module
    floor = macros.apportion_floor("amount", "weight", "total")
    remainder = macros.apportion_remainder("amount", "weight", "total")
    final = macros.apportion_final("amount", "floor_part", "remainder", "1", "touch")
    con = duckdb.connect()

    def run(amount: int, weights: list[int]) -> list[int]:
        rows = ", ".join(f"({n}, cast({w} as bigint))" for n, w in enumerate(weights))
        query = f"""
            with t as (select touch, weight, cast({amount} as bigint) as amount, cast({sum(weights)} as bigint) as total
                       from (values {rows}) as v(touch, weight)),
            floored as (select *, {floor} as floor_part, {remainder} as remainder from t)
            select {final} from floored order by touch"""
        return [int(row[0]) for row in con.execute(query).fetchall()]

    return run


@settings(max_examples=150, deadline=None)
@given(
    amount=st.integers(-(10**12), 10**12),
    weights=st.lists(st.integers(1, 10**6), min_size=1, max_size=12),
)
def test_parts_sum_to_the_amount_and_each_is_within_one(share, amount, weights):
    parts = share(amount, weights)
    assert sum(parts) == amount
    for part, weight in zip(parts, weights, strict=True):
        assert abs(part - Fraction(amount * weight, sum(weights))) < 1


@settings(max_examples=40, deadline=None)
@given(amount=st.integers(0, 10**9), touches=st.integers(1, 12))
def test_equal_weights_differ_by_one_and_the_earlier_gets_more(share, amount, touches):
    parts = share(amount, [1] * touches)
    assert max(parts) - min(parts) <= 1
    assert parts == sorted(parts, reverse=True)


def test_share_units_of_the_largest_weights(share):
    assert sum(share(10**9, [10**6, 10**6, 1])) == 10**9
