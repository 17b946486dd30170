"""Known answers of bid advice, worked out again by plain arithmetic beside the SQL."""

from decimal import Decimal as D

WEEK = "2026-08-31"


def advice(ask, ad: str, columns: str, week: str = WEEK) -> list[tuple]:
    return ask(
        f"select {columns} from marts.bid_advice where ad_id = '{ad}' and week_start_date = '{week}' order by stat_hour, audience_id"
    )


def test_cells_hold_what_was_known_before_the_week(ask):
    columns = "audience_id, weekday_type, stat_hour, spend_cny, orders, gmv_cny, roi"
    assert advice(ask, "bid-good", columns) == [
        ("unknown", "weekday", 9, D("200.00"), 1, D("100.00"), D("0.500000")),
        ("lookalike", "weekday", 20, D("200.00"), 20, D("2000.00"), D("10.000000")),
    ]


def test_a_cell_is_drawn_to_its_ad_by_the_spread_between_cells(ask):
    """Empirical Bayes by moments, from the cells of 千川 in the window (spend, GMV, sum of squares), without the SQL."""
    cells = {
        "good": [(200.0, 100.0, 1e4), (200.0, 2000.0, 20 * 1e4)],
        "few": [(200.0, 300.0, 3e4)],
        "fall": [(360.0, sum(_earned()), sum(e * e for e in _earned()))],
    }
    spend = sum(s for ad in cells.values() for s, _, _ in ad)
    sigma2 = sum(v for ad in cells.values() for _, _, v in ad) / spend
    q = sum(
        sum(g * g / s for s, g, _ in ad) - sum(g for _, g, _ in ad) ** 2 / sum(s for s, _, _ in ad)
        for ad in cells.values()
    )
    c = sum(sum(s for s, _, _ in ad) - sum(s * s for s, _, _ in ad) / sum(s for s, _, _ in ad) for ad in cells.values())
    tau2 = max(0.0, (q - 1 * sigma2) / c)
    own = 200 / (200 + sigma2 / tau2)
    assert 0.3 < own < 1
    prior = 2100 / 400
    found = advice(ask, "bid-good", "own_weight, prior_roi, shrunk_roi")
    wanted = [(own, prior, own * roi + (1 - own) * prior) for roi in (0.5, 10.0)]
    assert [[abs(float(a) - b) < 2e-6 for a, b in zip(x, y, strict=True)] for x, y in zip(found, wanted, strict=True)] == [[True] * 3] * 2  # fmt: skip


def _earned() -> list[int]:
    return [(100 if n % 2 == 0 else 104) + (1 if n % 4 < 2 else -1) for n in range(12)]


def test_factors_are_capped_and_say_why(ask):
    low, high = advice(ask, "bid-good", "bid_factor, advice, reason, evidence, target_roi")
    assert high[:2] == (D("1.30"), "raise") and low[:2] == (D("0.70"), "lower")
    assert high[2].startswith("raise: shrunk ROI ") and high[2].endswith("; held at the cap")
    assert high[3].startswith("20 orders, 200.00 yuan on 20 days; own ROI counts ")
    assert high[4] == D("2.00")  # no product of the scenarios sold here has a cost


def test_an_ad_with_few_orders_is_refused(ask):
    assert advice(ask, "bid-few", "advice, bid_factor, reason") == [
        ("refuse", None, "refused: 3 orders of the ad in 28 days are below the floor of 10")
    ]


def test_where_more_money_brings_no_more_the_margin_decides(ask):
    """By the average 1224 / 360 = 3.4 it would be raised; the slope of GMV on spend is 0.2."""
    spend, earned = [20 if n % 2 == 0 else 40 for n in range(12)], _earned()
    slope = sum((s - 30) * (e - 102) for s, e in zip(spend, earned, strict=True)) / sum((s - 30) ** 2 for s in spend)
    found = advice(ask, "bid-fall", "roi, marginal_roi, marginal_trend, bid_factor, advice, reason")
    assert found == [
        (D("3.400000"), D(f"{slope:.6f}"), "falling", D("0.70"), "lower", "lower: marginal ROI 0.20 misses the target of 2.00; held at the cap")
    ]  # fmt: skip


def test_last_weeks_advice_is_scored_by_the_week_that_followed(ask):
    assert advice(ask, "bid-good", "score_spend_cny, score_orders, score_roi, score") == [
        (D("0.00"), 0, None, "no_spend"),
        (D("10.00"), 1, D("10.000000"), "right"),
    ]


def test_factors_stay_within_their_caps_and_refusals_have_none(ask):
    assert ask(
        "select count(*) from marts.bid_advice where (bid_factor is null) <> (advice = 'refuse') or bid_factor not between 0.7 and 1.3"
    ) == [(0,)]
    assert ask("select count(*) > 0, max(week_start_date) > (select max(as_of) from intermediate.int_data_span) from marts.bid_advice") == [(True, True)]  # fmt: skip
