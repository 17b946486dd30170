"""Known answers of order money, versions, refunds and ad figures."""

from decimal import Decimal as D

import pytest


def line(ask, order: str, columns: str) -> tuple:
    return ask(f"select {columns} from marts.fct_order_lines where order_id = '{order}'")[0]


def test_quantity_trap(ask):
    assert ask("select sum(gmv_cny) from marts.fct_order_lines where order_id like 'qty-%'") == [(D("21160.00"),)]
    assert ask("select sum(list_cny) from marts.fct_order_lines where order_id like 'qty-%'") == [(D("21160.00"),)]


@pytest.mark.parametrize("order", ["prc-piece", "prc-line", "prc-freight", "prc-neither"])
def test_list_price_of_the_custom_layout(ask, order):
    assert line(ask, order, "list_cny, adjustment_cny") == (D("90.00"), D("0.00"))


def test_freight_only_where_the_sums_hold_it(ask):
    assert line(ask, "prc-freight", "freight_cny, paid_cny") == (D("6.00"), D("86.00"))


def test_gmv_by_bearer(ask):
    assert line(ask, "gmv-given", "gmv_cny, shop_discount_cny") == (D("90.00"), D("10.00"))
    assert line(ask, "gmv-borne", "gmv_cny, shop_discount_cny") == (D("86.00"), D("14.00"))
    assert line(ask, "gmv-unpaid", "gmv_cny, paid_cny") == (D("0.00"), D("80.00"))
    assert line(ask, "gmv-api", "gmv_cny, platform_discount_cny, creator_discount_cny") == (
        D("86.00"),
        D("5.00"),
        D("1.00"),
    )


@pytest.mark.fault(26)
def test_an_old_export_loaded_later_rolls_nothing_back(ask):
    assert line(ask, "ver-1", "order_status, paid_cny") == ("completed", D("100.00"))


@pytest.mark.fault(24)
def test_file_and_api_are_one_line(ask):
    assert line(ask, "ver-2", "order_status, paid_cny, live_session_id, is_in_file and is_in_api") == (
        "completed",
        D("95.00"),
        "R9",
        True,
    )
    assert line(ask, "ver-3", "order_status, paid_cny") == ("shipped", D("100.00")), "equal age: the further state wins"
    assert ask("select count(*) from marts.fct_order_lines where order_id like 'ver-%'") == [(4,)]


def test_unknown_status_is_kept_and_flagged(ask):
    assert line(ask, "ver-4", "order_status, is_status_known") == ("新状态", False)


def test_refunds(ask):
    rows = ask(
        "select after_sale_id, refund_cny, cast(succeeded_date as varchar), has_order from marts.fct_refunds"
        " where order_id = 'ref-1' order by 1"
    )
    assert rows == [
        ("AS-1", D("11.00"), "2026-09-25", True),
        ("AS-2", D("0.00"), None, True),
        ("AS-3", D("0.00"), None, True),
        ("AS-4", D("11.00"), "2026-09-21", True),
        ("AS-5", D("11.00"), "2026-09-26", False),
        ("AS-6", D("0.00"), None, True),
        ("AS-7", D("0.00"), None, True),
    ]
    assert line(ask, "ref-1", "refund_to_date_cny, net_cny") == (D("22.00"), D("78.00"))
    assert ask("select is_status_known from marts.fct_refunds where after_sale_id = 'AS-7'") == [(False,)]
    assert ask("select is_succeeded_at_estimated from marts.fct_refunds where after_sale_id = 'AS-4'") == [(True,)]


@pytest.mark.fault(25)
def test_ad_day_of_the_newest_export(ask):
    rows = ask(
        "select ad_id, creative_id, grain, sum(spend_cny), count(*) from marts.fct_ad_hours where account_id = 'A1'"
        " group by all order by all"
    )
    assert rows == [
        ("ad-1", "unallocated", "hour", D("12.00"), 1),
        ("ad-2", "unallocated", "hour", D("51.00"), 2),
        ("ad-3", "cr1", "hour", D("60.00"), 1),
        ("ad-3", "unallocated", "hour", D("40.00"), 1),
        ("ad-lonely", "unallocated", "hour", D("7.00"), 1),
        ("product:P7", "unallocated", "day", D("5.00"), 1),
    ]


def test_sku_is_the_listed_code(ask):
    assert [line(ask, order, "sku_id")[0] for order in ("sku-a", "sku-b", "sku-c")] == ["PLATFORM1", "NOT-LISTED", "9"]
