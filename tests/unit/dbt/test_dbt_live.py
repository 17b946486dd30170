"""Known answers of live rooms: which room a session was, maturities, minutes, products, and the funnel of a session."""

import datetime as dt
from decimal import Decimal as D

import pytest


@pytest.mark.parametrize(
    ("account", "room", "linked_by"),
    [
        (
            "lnk-a' and hour(started_at) = 19 --",
            "R-night",
            "plan",
        ),  # two hosts on the air, planned three minutes earlier
        ("lnk-a' and hour(started_at) = 8 --", "R-morning", "plan"),
        ("lnk-b", "R-noon", "minutes"),  # nobody is planned; the first minute fits one session only
        ("lnk-c", "lnk-c@20260920030000", None),  # R-two fits this session and the next
        ("lnk-d", "lnk-d@20260920030030", None),
    ],
)
def test_which_room_a_session_was(ask, account, room, linked_by):
    found = ask(
        f"select live_session_id, linked_by from marts.dim_live_session where is_in_compass and account_id = '{account}'"
    )
    assert found == [(room, linked_by)]


def test_rooms_that_no_download_holds(ask):
    assert ask(
        "select live_session_id, platform, account_id, cast(started_at as varchar) from marts.dim_live_session"
        " where live_session_id in ('R-elsewhere', 'R-two', 'R-web') order by 1"
    ) == [
        ("R-elsewhere", "unknown", "lnk-k", "2026-09-20 20:00:00"),
        ("R-two", "douyin", None, "2026-09-20 03:00:00"),
        ("R-web", "unknown", None, None),
    ]


def test_every_room_of_an_order_is_a_session(ask):
    assert ask(
        "select count(*) from marts.fct_order_lines where live_session_id is not null"
        " and live_session_id not in (select live_session_id from marts.dim_live_session)"
    ) == [(0,)]


def test_snapshots_keep_what_was_known(ask):
    """D0 is the download of the following night; the older one was loaded last and rolls nothing back."""
    assert ask(
        "select maturity, refund_cny, refund_rate, is_newest from marts.fct_live_session_snapshots"
        " where live_session_id like 'snp%' order by snapshot_date"
    ) == [("D0", D("20.00"), D("0.020000"), False), ("D7", D("300.00"), D("0.300000"), True)]
    assert ask("select refund_cny from marts.fct_live_sessions where live_session_id like 'snp%'") == [(D("300.00"),)]


def test_minutes(ask):
    """10.50 + 5.00 in one minute; of 100 and 90 people online 100; LP1 is explained from 20:00:20 to 20:01:10."""
    at = dt.datetime(2026, 9, 20, 20)
    assert ask(
        "select minute_at, gmv_cny, online, enters, explained_product_id from marts.fct_live_minutes where live_session_id = 'R-screen' order by 1"
    ) == [
        (at, D("15.50"), 100, None, "LP1"),
        (at + dt.timedelta(minutes=1), None, 80, None, "LP1"),
        (at + dt.timedelta(minutes=2), None, None, 7, None),
    ]


def test_products(ask):
    """The newest list, the explanation, and what was sold without being on the list (its unpaid order does not count)."""
    assert ask(
        "select product_id, is_listed, gmv_cny, paid_orders, talks, explained_seconds, explained_gmv_cny, linked_orders_paid, linked_gmv_cny"
        " from marts.fct_live_products where live_session_id = 'R-screen' order by 1"
    ) == [
        ("LP1", True, D("15.50"), 2, 1, 50, D("15.50"), 0, D("0.00")),
        ("LP2", False, None, None, 0, 0, D("0.00"), 1, D("100.00")),
    ]


def test_sessions_know_their_orders(ask):
    assert ask(
        "select linked_orders_created, linked_orders_paid, linked_gmv_cny, viewers, gmv_cny, avg_watch_seconds from marts.fct_live_sessions"
        " where live_session_id = 'R-f1'"
    ) == [(5, 4, D("400.00"), 400, D("1000.00"), D("90.00"))]


def test_funnel_of_a_session(ask):
    """R-f1: 1000 > 400 > 200 > 50 people, 5 orders, 4 paid; u0 and u1 buy again in R-f2."""
    assert ask(
        "select exposures, clicks, room_enters, product_exposures, product_clicks, orders_created, orders_paid, orders_completed,"
        " buyers_repurchased_30d, room_enter_rate, product_exposure_rate, product_click_rate, order_rate, pay_rate, repurchase_rate, largest_leak"
        " from marts.funnel_sessions where live_session_id = 'R-f1'"
    ) == [(1000, None, 400, 200, 50, 5, 4, 4, 2, D("0.400000"), D("0.500000"), D("0.250000"), D("0.100000"), D("0.800000"), D("0.500000"), None)]  # fmt: skip


def test_leak_of_a_session_by_hand(ask):
    """Benchmark R-f1: 0.5 x 400 - 100 = 100 viewers too few saw a product, each worth 400 / 200 = 2.00; orders lost 0.5 x 80 = 40."""
    assert ask(
        "select largest_leak, benchmark_rate, lost_gmv_cny from marts.funnel_sessions where live_session_id = 'R-f2'"
    ) == [("product_exposures", D("0.500000"), D("200.00"))]


def test_rooms_elsewhere_are_counted_by_touches(ask):
    assert ask(
        "select basis, exposures, room_enters, product_clicks, orders_created, room_enter_rate from marts.funnel_sessions where live_session_id = 'R-web'"
    ) == [("touches", 2, 1, 1, None, D("0.500000"))]


def test_product_exposures_of_a_channel_are_estimated_from_the_rooms(ask):
    """2026-09-11: 1000 product exposures over 500 entries in 罗盘; one entry by live_recommend saw two."""
    assert ask(
        "select room_enters, product_exposures, product_exposure_rate from marts.funnel_daily where date = '2026-09-11' and channel = 'live_recommend'"
    ) == [(1, 2, D("2.000000"))]
    assert ask(
        "select product_exposures, product_exposure_rate from marts.funnel_daily where date = '2026-09-02' and channel = 'live_recommend'"
    ) == [(None, None)], "no session in 罗盘 that day"


def test_shops_and_categories(ask):
    assert ask("select platform, shop_id, order_lines from marts.dim_shop where platform <> 'douyin' order by 1") == [
        ("kuaishou", "kuaishou", 5), ("taobao", "taobao", 8), ("weixin", "weixin", 5),
    ]  # fmt: skip
    assert ask("select sum(order_lines) = (select count(*) from marts.fct_order_lines) from marts.dim_shop") == [
        (True,)
    ]
    assert ask("select sum(skus) = (select count(*) from marts.dim_product) from marts.dim_category") == [(True,)]
