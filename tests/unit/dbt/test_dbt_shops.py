"""Known answers of the orders of 快手, 视频号 and 淘宝: each grain once, money to the cent, bases apart."""

from decimal import Decimal as D


def lines(ask, order: str, columns: str) -> list[tuple]:
    return ask(f"select {columns} from marts.fct_order_lines where order_id = '{order}' order by sub_order_id")


def test_kuaishou_money_by_bearer(ask):
    """100.00 - 10 - 8 - 3 - 4 + 6 freight = 81.00; GMV = 81 + 8 + 3: what 混资 is borne by whom is not told."""
    assert lines(ask, "ks-1", "list_cny, discount_cny, freight_cny, paid_cny, adjustment_cny, gmv_cny") == [
        (D("100.00"), D("25.00"), D("6.00"), D("81.00"), D("0.00"), D("92.00"))
    ]
    assert lines(ask, "ks-1", "platform_discount_cny, creator_discount_cny, shop_discount_cny") == [
        (D("8.00"), D("3.00"), D("10.00"))
    ]
    assert lines(ask, "ks-2", "order_status, paid_cny, gmv_cny") == [("pending_payment", D("100.00"), D("0.00"))]
    assert lines(ask, "ks-5", "list_cny, freight_cny, gmv_cny") == [(D("100.00"), D("6.00"), D("106.00"))]


def test_kuaishou_versions_and_words(ask):
    assert lines(ask, "ks-3", "order_status, paid_cny, platform, shop_id") == [
        ("shipped", D("100.00"), "kuaishou", "kuaishou")
    ]
    assert lines(ask, "ks-4", "order_status, is_status_known") == [("没见过", False)]
    assert lines(ask, "ks-1", "channel, order_status") == [("live_recommend", "completed")]
    assert ask("select is_platform_label from marts.attribution_journeys where order_id = 'ks-1'") == [(True,)]


def test_another_shop_s_product_is_ours_by_its_code(ask):
    """快手 numbers the product 777; the shop's code SKU1 says which it is."""
    listed = ask("select product_id from staging.stg_shop__products where sku_id = 'SKU1'")
    assert lines(ask, "ks-1", "product_id, sku_id") == [(listed[0][0] if listed else "777", "SKU1")]


def test_weixin_order_money_counts_once(ask):
    """200.01 stands on three rows. 189.99 of goods, 10.00 freight and 0.02 more, shared by 99.99 : 45.00 : 45.00."""
    found = lines(ask, "wx-1", "paid_cny, freight_cny, gmv_cny, list_cny")
    assert sum(row[0] for row in found) == D("200.01")
    assert sum(row[1] for row in found) == D("10.00")
    assert sum(row[2] for row in found) == D("205.01"), "the platform's coupon is in GMV"
    assert sum(row[3] for row in found) == D("194.99")
    assert sorted(row[1] for row in found) == [D("2.37"), D("2.37"), D("5.26")]
    assert len({row[0] for row in lines(ask, "wx-1", "sub_order_id")}) == 3
    assert lines(ask, "wx-2", "order_status, paid_cny, gmv_cny") == [("pending_payment", D("50.00"), D("0.00"))]
    assert lines(ask, "wx-3", "paid_cny, adjustment_cny") == [(D("50.00"), D("0.00"))]


def test_weixin_refund_is_on_its_article(ask):
    assert sorted(lines(ask, "wx-1", "refund_to_date_cny")) == [(D("0.00"),), (D("0.00"),), (D("30.00"),)]
    assert ask(
        "select cast(succeeded_date as varchar), is_succeeded_at_estimated, has_order, kind from marts.fct_refunds"
        " where order_id = 'wx-1'"
    ) == [("2026-09-20", True, True, "unknown")]


def test_weixin_parcels_know_their_order(ask):
    assert ask("select count(*) from intermediate.int_parcel_orders where tracking_no = 'WX-NU1'") == [(3,)]


def test_taobao_money_over_articles(ask):
    """100.00 over three equal articles: 33.34, 33.33, 33.33; by pieces 2 : 1 of 90.00 + 10.00 - 4.50."""
    assert lines(ask, "tb-1", "paid_cny, refund_to_date_cny, quantity") == [
        (D("33.34"), D("20.00"), 1),
        (D("33.33"), D("0.00"), 1),
        (D("33.33"), D("0.00"), 1),
    ]
    assert lines(ask, "tb-2", "list_cny, freight_cny, discount_cny, paid_cny, gmv_cny, order_status") == [
        (D("60.00"), D("6.67"), D("3.00"), D("63.67"), D("63.67"), "completed"),
        (D("30.00"), D("3.33"), D("1.50"), D("31.83"), D("31.83"), "paid"),
    ]


def test_taobao_orders_without_their_articles(ask):
    assert lines(ask, "tb-3", "sub_order_id, order_status, gmv_cny, net_cny") == [
        ("tb-3", "completed", D("100.00"), D("60.00"))
    ]
    assert lines(ask, "tb-4", "order_status, paid_cny, gmv_cny") == [("pending_payment", D("100.00"), D("0.00"))]
    assert lines(ask, "tb-5", "order_status, net_cny") == [("closed", D("0.00"))]


def test_taobao_articles_wait_for_their_order(ask):
    assert lines(ask, "tb-6", "sub_order_id") == []


def test_nothing_is_lost_between_the_shops(ask):
    """Lines and money per shop, counted from raw."""
    assert ask(
        "select platform, count(*), sum(paid_cny) from marts.fct_order_lines where platform <> 'douyin' group by 1 order by 1"
    ) == [("kuaishou", 5, D("487.00")), ("taobao", 8, D("495.50")), ("weixin", 5, D("300.01"))]


def test_the_warehouse_names_the_sku_that_the_platform_does_not(ask):
    assert ask(
        "select sub_order_id, sku_id, product_id = (select any_value(product_id) from staging.stg_shop__products where sku_id = 'SKU1')"
        " from marts.fct_order_lines where sub_order_id in ('tb-2-1', 'tb-2-2', 'tb-1-1', 'ks-1') order by 1"
    ) == [("ks-1", "SKU1", True), ("tb-1-1", "unknown", False), ("tb-2-1", "SKU1", True), ("tb-2-2", "unknown", False)]


def test_an_article_of_weixin_is_found_in_the_warehouse_by_order_and_sku(ask):
    mine = ask("select sub_order_id from marts.fct_order_lines where order_id = 'wx-1' and sku_id = 'SKU1'")
    assert len(mine) == 1
    assert ask("select sub_order_id from marts.fct_stock_moves where document_key like 'out:%:out:S1'") == mine
    assert ask(
        "select warehouse_id, shipped_at::varchar from intermediate.int_stock_lines where platform = 'weixin' and sub_order_id = (select max(sub_order_id)"
        " from marts.fct_order_lines where order_id = 'wx-1' and sku_id = 'SKU1')"
    ) == [("SHOPS", "2026-09-21 10:00:00")]
