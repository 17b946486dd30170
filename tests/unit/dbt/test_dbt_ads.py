"""Known answers of ads: levels that add up, figures by age, claims against credits, scopes and units kept apart."""

from decimal import Decimal as D

DAY = "2026-09-15"


def cells(ask, account: str) -> list[tuple]:
    return ask(
        "select campaign_id, ad_id, creative_id, grain, stat_hour, spend_cny, is_remainder from marts.fct_ad_hours"
        f" where account_id = '{account}' order by all"
    )


def performance(ask, where: str, columns: str) -> list[tuple]:
    return ask(f"select {columns} from marts.ad_performance where date = '{DAY}' and {where} order by all")


def test_a_later_day_keeps_the_hours_and_what_they_lack(ask):
    rows = ask(
        "select grain, stat_hour, spend_cny, claimed_orders, claimed_gmv_cny, clicks, is_remainder from marts.fct_ad_hours"
        " where ad_id = 'hd' order by all"
    )
    assert rows == [
        ("day", None, D("0.60"), 1, D("70.00"), None, True),
        ("hour", 9, D("10.00"), 1, D("50.00"), 5, False),
        ("hour", 10, D("20.00"), 2, D("80.00"), 7, False),
    ]
    assert ask("select grain, spend_cny from marts.fct_ad_hours where ad_id = 'hd-old'") == [("hour", D("8.00"))]


def test_each_level_adds_up_to_the_one_above(ask):
    assert cells(ask, "B2") == [
        ("K1", "lv-1", "cr1", "day", None, D("60.00"), False),
        ("K1", "lv-1", "cr2", "day", None, D("30.00"), False),
        ("K1", "lv-1", "unallocated", "day", None, D("10.00"), True),
        ("K1", "lv-2", "unallocated", "day", None, D("40.00"), False),
        ("K1", "unallocated", "unallocated", "day", None, D("5.00"), True),
        ("K2", "lv-3", "unallocated", "day", None, D("5.00"), False),
        ("unallocated", "unallocated", "unallocated", "day", None, D("7.50"), True),
    ]
    assert performance(ask, "account_id = 'B2'", "campaign_id, ad_id, spend_cny") == [
        ("K1", "lv-1", D("100.00")),
        ("K1", "lv-2", D("40.00")),
        ("K1", "unallocated", D("5.00")),
        ("K2", "lv-3", D("5.00")),
        ("unallocated", "unallocated", D("7.50")),
    ]


def test_an_old_total_says_nothing_about_newer_plans(ask):
    assert [row[5] for row in cells(ask, "B3")] == [D("50.00")]


def test_as_known_at_each_age(ask):
    """Freezing at the first value would say 90.00 and 30.00 for ever; a maturity that nobody looked at has no row."""
    rows = ask(
        "select maturity, spend_then_cny, spend_now_cny, spend_delta_cny, claimed_orders_then, claimed_gmv_then_cny, claimed_gmv_delta_cny"
        f" from marts.ad_restatements where ad_id = 'age' and date = '{DAY}' order by then_fetched_at, maturity"
    )
    assert rows == [
        ("D0", D("90.00"), D("99.00"), D("9.00"), 1, D("30.00"), D("370.00")),
        ("D1", D("100.00"), D("99.00"), D("-1.00"), 2, D("300.00"), D("100.00")),
        ("D3", D("100.00"), D("99.00"), D("-1.00"), 2, D("300.00"), D("100.00")),
        ("D14", D("100.00"), D("99.00"), D("-1.00"), 3, D("420.00"), D("-20.00")),
        ("D7", D("100.00"), D("99.00"), D("-1.00"), 3, D("420.00"), D("-20.00")),
    ]
    assert performance(ask, "ad_id = 'age'", "spend_cny, claimed_gmv_cny, maturity, age_days, is_provisional") == [
        (D("99.00"), D("400.00"), "D14", 20, False)
    ]


def test_weeks_are_compared_at_equal_age(ask):
    """The younger day has reached D1: 150 / 50 = 3, beside 300 / 100 = 3 of the week before at D1, and not beside its 400 / 99."""
    assert ask(
        "select maturity, claimed_roi, claimed_roi_at_maturity, claimed_roi_week_before, is_provisional from marts.ad_performance"
        " where ad_id = 'age' and date = '2026-09-22'"
    ) == [("D1", D("3.600000"), D("3.000000"), D("3.000000"), True)]


def test_the_whole_room_is_nobodys_claim(ask):
    columns = "ad_id, promotion, spend_cny, claimed_orders, claimed_gmv_cny, claimed_roi, room_orders, room_gmv_cny"
    assert performance(ask, "account_id = 'B5'", columns) == [
        ("product:P1", "whole_site", D("80.00"), None, None, None, 9, D("900.00")),
        ("sc-boost", "boost", D("7.00"), 1, D("10.00"), D("1.428571"), None, None),
    ]
    assert ask("select distinct channel from marts.fct_ad_hours where ad_id = 'sc-boost'") == [("dou_plus",)]


def test_one_time_line_and_one_cut_of_tencents_money(ask):
    """Both lines and all levels summed would be 201.00 and 7 orders."""
    assert performance(ask, "account_id = 'T1'", "ad_id, spend_cny, claimed_orders, claimed_roi, time_line") == [
        ("tx-1", D("50.00"), 2, D("5.000000"), "REPORTING_TIME"),
        ("unallocated", D("1.00"), None, None, "REPORTING_TIME"),
    ]


def test_an_account_without_ads_is_unallocated(ask):
    assert cells(ask, "M1") == [
        ("unallocated", "unallocated", "unallocated", "day", None, D("1.00"), True),
        ("unallocated", "unallocated", "unallocated", "hour", 20, D("11.00"), False),
    ]
    assert performance(ask, "account_id = 'M1'", "spend_cny, claimed_orders, claimed_roi") == [
        (D("12.00"), 2, D("10.000000"))
    ]


def test_refunds_are_charged_to_the_ad_that_won_the_order(ask):
    """100 + 60 = 160 won for 40: ROI 4; 25 back by day 5: 135 / 40; 50 more by day 10: 85 / 40. Claimed 500: 3.125 times too much."""
    columns = (
        "spend_cny, claimed_roi, attributed_gmv_cny, attributed_roi, net_roi_7d, net_roi_14d, over_claim_ratio, over_claim_orders_ratio,"
        " attributed_new_customers, new_customer_cpa"
    )
    assert performance(ask, "ad_id = 'won'", columns) == [
        (D("40.00"), D("12.500000"), D("160.00"), D("4.000000"), D("3.375000"), D("2.125000"), D("3.125000"), D("2.000000"), 2, D("20.000000"))
    ]  # fmt: skip


def test_an_ad_that_no_report_knows_keeps_its_orders(ask):
    assert performance(ask, "ad_id = 'won-orphan'", "platform, account_id, campaign_id, is_reported, spend_cny, attributed_gmv_cny, attributed_roi") == [
        ("tencent", "unknown", "none", False, D("0.00"), D("30.00"), None)
    ]  # fmt: skip
    assert ask("select account_id, is_reported from marts.dim_ad where ad_id = 'won-orphan'") == [("unknown", False)]


def test_spend_without_an_order_stays(ask):
    assert performance(ask, "ad_id = 'lv-3'", "spend_cny, attributed_roi, attributed_gmv_cny, new_customer_cpa") == [
        (D("5.00"), D("0.000000"), D("0.00"), None)
    ]


def test_claims_of_all_platforms_against_what_was_sold(ask):
    """Claims of the day: hd 4, age 3, sc-boost 1, tx-1 2, M1 2, won 4 = 16 orders, of those that all scenarios paid that day."""
    orders, gmv = ask(
        f"select count(distinct platform || order_id), sum(gmv_cny) from marts.fct_order_lines where paid_date = '{DAY}'"
    )[0]
    spend = ask(f"select sum(spend_cny) from marts.ad_performance where date = '{DAY}'")[0][0]
    assert orders >= 4
    assert ask(
        "select claimed_orders, actual_orders, over_claim_orders_ratio, actual_gmv_cny, linked_orders, multi_linked_orders, claiming_platforms,"
        f" spend_cny, blended_roi from marts.claim_overlap where date = '{DAY}'"
    ) == [(16, orders, round(D(16) / orders, 6), gmv, 2, 1, 3, spend, round(gmv / spend, 6))]


def test_what_is_wrong_with_the_tags(ask):
    found = ask("select problem, affected_count, examples from marts.utm_audit where date = '2026-09-02' order by 1")
    assert ("broken_encoding", 1, "utm_source=%C7%A7%B4%A8") in found
    assert ("doubled_parameter", 1, "utm_source=email&utm_source=sms") in found
    assert [row for row in found if row[0] == "unexpanded_macro"] == [("unexpanded_macro", 2, "__AID__ | __UTM__")]
    assert ask("select problem, examples from marts.utm_audit where date = '2026-08-01' order by 1") == [
        ("missing_campaign", "email"),
        ("spend_without_visits", "ad-lonely"),
        ("unexpanded_macro", "{cid}"),
        ("unknown_campaign", "ghost"),
    ]
    assert ask(f"select examples from marts.utm_audit where date = '{DAY}' and problem = 'unknown_ad'") == [
        ("won-orphan",)
    ]
    spent = dict(ask(f"select problem, spend_cny from marts.utm_audit where date = '{DAY}' and spend_cny is not null"))
    total = ask(f"select sum(spend_cny) from marts.fct_ad_hours where stat_date = '{DAY}' and ad_id <> 'won'")[0][0]
    assert sum(spent.values()) == total and spent["spend_without_ad"] == D("25.50")
