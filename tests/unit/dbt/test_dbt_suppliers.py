"""The supplier scorecard against arithmetic done by hand (see dbt_scenarios_suppliers)."""

from __future__ import annotations

import pytest


@pytest.fixture(scope="module")
def card(ask):
    """(supplier, quarter) -> {column: text of its value}."""
    names = [
        c
        for (c,) in ask(
            "select column_name from duckdb_columns() where table_name = 'supplier_scorecard' and schema_name = 'marts'"
        )
    ]
    rows = ask(
        f"select {', '.join(f'{c}::varchar' for c in names)} from marts.supplier_scorecard where supplier_id like 'SUP-%'"
    )
    return {(r[names.index("supplier_id")], r[names.index("quarter")]): dict(zip(names, r, strict=True)) for r in rows}


def test_a_good_one(card):
    """On its day to the last second, all of it; 2 of 200 defective: 1 %; answered in 12 of 48 hours; 10.00 -> 10.50: 5 % dearer."""
    a = card["SUP-1", "2026-04-01"]
    told = {
        "lines_due": "1", "on_time_rate": "1.000000", "fill_rate": "1.000000", "defect_rate": "0.010000", "cases": "1", "unanswered_cases": "0",
        "response_hours": "12.000000", "price_trend": "0.050000", "defect_part": "0.800000", "response_part": "0.750000", "price_part": "0.500000",
    }  # fmt: skip
    assert {k: a[k] for k in told} == told
    # 30 + 25 + 25 x 0.8 + 10 x 0.75 + 10 x 0.5 = 87.5
    assert (a["score"], a["grade"]) == ("87.50", "A")
    before = card["SUP-1", "2026-01-01"]
    # nothing to compare prices with, no case: 30 + 25 + 25 of 80
    assert (before["price_trend"], before["response_part"], before["score"], before["grade"]) == (
        None,
        None,
        "100.00",
        "A",
    )


def test_a_late_one(card):
    """A second after its day, 60 of 100, deaf: (25 x 0.6 + 25) / 90; the line due next year is not counted yet."""
    b = card["SUP-2", "2026-04-01"]
    assert {k: b[k] for k in ("lines_due", "on_time_rate", "fill_rate", "unanswered_cases", "response_part")} == {
        "lines_due": "1", "on_time_rate": "0.000000", "fill_rate": "0.600000", "unanswered_cases": "1", "response_part": "0.000000"
    }  # fmt: skip
    assert (b["score"], b["grade"]) == ("44.44", "D")
    assert ("SUP-2", "2027-01-01") not in card


def test_cases_alone_make_no_grade(card):
    c = card["SUP-3", "2026-04-01"]
    assert (c["lines_due"], c["response_hours"], c["score"], c["grade"]) == ("0", "2.000000", None, None)
