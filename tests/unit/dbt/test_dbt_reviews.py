"""Reviews: each bad one has one cause, and causes sum to the bad reviews."""

from __future__ import annotations

import datetime as dt


def test_causes_of_a_product_and_month(ask):
    """Four bad reviews of RV1 in September: two of quality, one of service, one of logistics (praise before the turn is none)."""
    rows = ask(
        "select cause, owning_team, bad_reviews, share::varchar, product_reviews, bad_review_rate::varchar from marts.review_causes "
        "where product_id = 'RV1' and month = '2026-09-01' order by cause"
    )
    assert rows == [
        ("logistics", "logistics", 1, "0.250000", 6, "0.666667"),
        ("quality", "goods", 2, "0.500000", 6, "0.666667"),
        ("service", "service", 1, "0.250000", 6, "0.666667"),
    ]


def test_a_month_begins_at_midnight(ask):
    assert ask(
        "select month, cause, share::varchar from marts.review_causes where product_id = 'RV1' and cause = 'price'"
    ) == [(dt.date(2026, 10, 1), "price", "1.000000")]


def test_keywords_and_examples(ask):
    words, examples = ask(
        "select keywords, examples from marts.review_causes where product_id = 'RV1' and cause = 'quality'"
    )[0]
    assert "起球" in words.split(", ") and "线头" in words.split(", ")
    assert examples == "洗一次就起球，线头一堆 / 洗一次就起球，线头一堆"


def test_good_reviews_have_no_cause(ask):
    assert ask("select review_id, is_good, cause from marts.fct_reviews where review_id in ('rv-5', 'rv-6', 'rv-8', 'rv-9') order by 1") == [
        ("rv-5", True, None), ("rv-6", False, None), ("rv-8", True, None), ("rv-9", True, None)
    ]  # fmt: skip
    assert ask("select count(*) from marts.review_causes where product_id = 'RV2'") == [(0,)]


def test_causes_sum_to_the_bad_reviews(ask):
    assert ask(
        "select (select sum(bad_reviews) from marts.review_causes) = (select count(*) from marts.fct_reviews where is_bad), "
        "(select count(*) from marts.fct_reviews where is_bad and cause is null)"
    ) == [(True, 0)]
