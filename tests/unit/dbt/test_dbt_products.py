"""The product scorecard against arithmetic done by hand (see dbt_scenarios_products)."""

from __future__ import annotations

import pytest


@pytest.fixture(scope="module")
def card(ask):
    """product_id -> {column: text of its value} for December 2025."""
    names = [
        c
        for (c,) in ask(
            "select column_name from duckdb_columns() where table_name = 'product_scorecard' and schema_name = 'marts'"
        )
    ]
    rows = ask(
        f"select {', '.join(f'{c}::varchar' for c in names)} from marts.product_scorecard where month = '2025-12-01' and product_id like 'PS-%'"
    )
    return {row[names.index("product_id")]: dict(zip(names, row, strict=True)) for row in rows}


def test_the_hit(card):
    """GMV 300 of 3 pieces, 100 back: refund rate 1/3; nothing left: sold through; competitors ask (120 + 130) / 2 = 125 for what costs
    100 here: 0.2 cheaper; sellable on 1 of 2 days; margin (200 - 3 x 40) / 200 = 0.4, best of the two profit goods."""
    a = card["PS-A"]
    told = {
        "orders": "2", "quantity": "3", "gmv_cny": "300.00", "net_cny": "200.00", "sell_through": "1.000000", "positive_rate": "0.750000", "reviews": "4",
        "refund_rate": "0.333333", "price_advantage": "0.200000", "supply_stability": "0.500000", "margin_rate": "0.400000", "role_fit": "1.000000",
        "gmv_part": "1.000000", "refund_part": "0.666667", "price_part": "0.700000",
    }  # fmt: skip
    assert {k: a[k] for k in told} == told
    # 25 + 15 + 15 x 0.75 + 15 x 0.666667 + 10 x 0.7 + 10 x 0.5 + 10 = 83.25
    assert (a["hit_score"], a["hit_class"]) == ("83.25", "hit")


def test_the_dud(card):
    """One of 20 pieces sold, dearer than the list's competitor price (40): parts that are not known (reviews) are left out."""
    b = card["PS-B"]
    told = {
        "sell_through": "0.050000",
        "price_advantage": "-0.250000",
        "margin_rate": "0.100000",
        "role_fit": "0.500000",
        "gmv_part": "0.666667",
        "positive_rate": None,
    }
    assert {k: b[k] for k in told} == told
    # (25 x 2/3 + 15 x 0.05 + 15 x 1 + 10 x 0.25 + 10 x 1 + 10 x 0.5) / 85 = 49.9167 / 0.85
    assert (b["hit_score"], b["hit_class"]) == ("58.73", "normal")


def test_little_known(card):
    """Of a product in no list, only its sales and refunds speak: (25 x 1/3 + 15) / 40."""
    c = card["PS-C"]
    assert (c["category"], c["product_role"], c["sell_through"], c["price_part"], c["role_fit"]) == (
        "unknown",
        None,
        None,
        None,
        None,
    )
    assert (c["hit_score"], c["hit_class"]) == ("58.33", "normal")


def test_months_sum_to_the_lines(ask):
    assert ask(
        "select (select sum(gmv_cny) from marts.product_scorecard) = (select sum(gmv_cny) from marts.fct_order_lines where paid_date is not null), "
        "(select sum(net_cny) from marts.product_scorecard) = (select sum(net_cny) from marts.fct_order_lines where paid_date is not null)"
    ) == [(True, True)]
