"""Numbers and keys that should not be (38, 39): kept and flagged, kept apart until the order comes, counted under `unknown`; money adds up."""

from decimal import Decimal as D

import pytest


@pytest.mark.fault(38)
def test_refunds_that_cannot_be_right_are_kept_and_flagged(ask):
    rows = ask("select order_id, refund_cny, is_suspicious from marts.fct_refunds where order_id like 'odd-%' and has_order order by 1")  # fmt: skip
    assert rows == [
        ("odd-above", D("150.00"), True),
        ("odd-below", D("-10.00"), True),
        ("odd-early", D("20.00"), True),
        ("odd-right", D("100.00"), False),
    ]
    lines = ask("select order_id, gmv_cny, refund_to_date_cny, net_cny from marts.fct_order_lines where order_id in ('odd-above', 'odd-below') order by 1")  # fmt: skip
    assert lines == [("odd-above", D("100.00"), D("150.00"), D("-50.00")), ("odd-below", D("100.00"), D("-10.00"), D("110.00"))]  # fmt: skip


@pytest.mark.fault(38)
def test_a_refund_without_its_order_is_kept_apart_and_counts_in_none(ask):
    assert ask("select has_order, refund_cny, product_id from marts.fct_refunds where order_id = 'odd-alone'") == [(False, D("5.00"), "unknown")]  # fmt: skip
    assert ask("select count(*) from marts.fct_order_lines where order_id = 'odd-alone'") == [(0,)]


@pytest.mark.fault(38)
def test_paid_less_refunded_is_net_to_the_cent(ask):
    """Over every scenario of this folder: the refunds of known orders stand on the lines once each."""
    gmv, refunded, net = ask("select sum(gmv_cny), sum(refund_to_date_cny), sum(net_cny) from marts.fct_order_lines")[0]
    assert gmv - refunded == net and refunded > 200
    assert ask("select sum(refund_cny) from marts.fct_refunds where has_order") == [(refunded,)]


@pytest.mark.fault(38)
def test_nothing_for_nothing_and_huge_amounts(ask):
    rows = ask("select order_id, quantity, list_cny, paid_cny, gmv_cny from marts.fct_order_lines where order_id in ('odd-none', 'odd-gift', 'odd-huge') order by 1")  # fmt: skip
    huge = D("12345678.90")
    assert rows == [("odd-gift", 1, D(0), D(0), D(0)), ("odd-huge", 1, huge, huge, huge), ("odd-none", 0, D(0), D(0), D(0))]  # fmt: skip


@pytest.mark.fault(39)
def test_lines_of_one_order_are_summed_once_in_every_join(ask):
    """Two lines, one of them in the file and in the API, a refund on each: no join multiplies their money."""
    assert ask("select count(*), sum(paid_cny), sum(refund_to_date_cny) from marts.fct_order_lines where order_id = 'key-1'") == [(2, D("100.00"), D("15.00"))]  # fmt: skip
    given = ask("select sum(payable_cny) from raw.douyin__orders where order_id like 'key-%'")
    assert ask("select sum(paid_cny) from marts.fct_order_lines where order_id like 'key-%'") == given == [(D("107.00"),)]  # fmt: skip


@pytest.mark.fault(39)
def test_orphans_are_kept_under_unknown_and_counted(ask):
    assert ask("select product_id, sku_id, paid_cny from marts.fct_order_lines where order_id = 'key-2'") == [("unknown", "unknown", D("7.00"))]  # fmt: skip
    assert ask("select live_session_id, paid_cny from marts.fct_order_lines where sub_order_id = 'key-1-a'") == [("ROOM-NOBODY-KNOWS", D("60.00"))]  # fmt: skip
    missing = ask("select count(*) from marts.fct_order_lines l where not exists (select 1 from marts.dim_product p where p.sku_id = l.sku_id)")  # fmt: skip
    assert missing == [(0,)], "every line finds its goods, those of no list too"
