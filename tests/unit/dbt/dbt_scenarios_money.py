"""Scenarios of order money, versions, refunds and ad figures."""

from __future__ import annotations

import dbt_rows as r

PAID = "2026-09-20 12:00:00"
OLD = {"_load_id": "old", "_exported_at": "2026-09-21 02:00:00", "_loaded_at": "2026-10-02 00:00:00"}


def prices(raw: dict) -> None:
    """List price by layout: unit price x pieces; 商品金额 of one piece or of the line, told by the row's sums."""
    custom = {"unit_price_cny": None, "quantity": 3}
    raw["douyin__orders"] += [
        r.file_line("qty-1", PAID, unit_price_cny="1.95", quantity=8000, price="15600.00"),
        r.file_line("qty-2", PAID, unit_price_cny="6.95", quantity=800, price="5560.00"),
        r.file_line("prc-piece", PAID, item_amount_cny="30.00", discount_total_cny="10.00", price="80.00", **custom),
        r.file_line("prc-line", PAID, item_amount_cny="90.00", discount_total_cny="10.00", price="80.00", **custom),
        r.file_line(
            "prc-freight",
            PAID,
            item_amount_cny="30.00",
            discount_total_cny="10.00",
            freight_cny="6.00",
            price="86.00",
            **custom,
        ),
        r.file_line("prc-neither", PAID, item_amount_cny="11.00", discount_total_cny="10.00", price="80.00", **custom),
    ]


def bearers(raw: dict) -> None:
    """GMV adds what platform and creator bear; by giver where the layout has no bearer; nothing when unpaid."""
    given = {
        "discount_total_cny": "20.00",
        "platform_discount_cny": "8.00",
        "creator_discount_cny": "2.00",
        "shop_discount_cny": "10.00",
    }
    borne = {"platform_borne_cny": "5.00", "creator_borne_cny": "1.00", "shop_borne_cny": "14.00"}
    raw["douyin__orders"] += [
        r.file_line("gmv-given", PAID, unit_price_cny="100.00", price="80.00", **given),
        r.file_line("gmv-borne", PAID, unit_price_cny="100.00", price="80.00", **given, **borne),
        r.file_line("gmv-unpaid", None, unit_price_cny="100.00", price="80.00", **given),
    ]
    raw["douyin__orders_api"].append(
        r.api_line("gmv-api", None, PAID, price="80.00", list_amount_cny="100.00", discount_total_cny="20.00")
        | {"platform_and_creator_borne_cny": "6.00", "creator_borne_cny": "1.00"}
    )


def versions(raw: dict) -> None:
    """An old export that is loaded later must not roll back; file and API are one line; equal age: further state."""
    raw["douyin__orders"] += [
        r.file_line("ver-1", PAID, order_status="已完成"),
        r.file_line("ver-1", PAID, order_status="待发货", price="90.00", **OLD),
        r.file_line("ver-2", PAID, order_status="已发货", traffic_format="直播", **OLD),
        r.file_line("ver-3", PAID, order_status="已发货"),
        r.file_line("ver-4", PAID, order_status="新状态"),
    ]
    raw["douyin__orders_api"] += [
        r.api_line("ver-2", "ver-u", PAID, price="95.00", live_session_id="R9"),
        r.api_line("ver-3", "ver-u", PAID, order_status_code="2", order_status="备货中", price="70.00"),
    ]


def refunds(raw: dict) -> None:
    """What counts as money back, when, and on which line."""

    def sale(number: str, status: str, **more) -> dict:
        return {
            "after_sale_id": number,
            "order_id": "ref-1",
            "sub_order_id": "ref-1-1",
            "after_sale_type": "退货退款",
            "after_sale_status": status,
            "refund_goods_cny": "10.00",
            "refund_freight_cny": "1.00",
            "applied_at": "2026-09-21 09:00:00",
        } | more

    raw["douyin__orders"].append(r.file_line("ref-1", PAID))
    raw["douyin__after_sales"] += [
        sale(
            "AS-1", "同意退款，退款成功", received_at="2026-09-25 09:00:00", merchant_refunded_at="2026-09-24 09:00:00"
        ),
        sale("AS-2", "退款中"),
        sale("AS-3", "换货成功", after_sale_type="换货"),
        sale("AS-4", "已全额退款"),
        sale("AS-5", "退款成功", sub_order_id="nobody", finished_at="2026-09-26 10:00:00"),
        sale("AS-6", "售后关闭"),
        sale("AS-6", "退款中", **OLD),
        sale("AS-7", "没见过"),
    ]


def ads(raw: dict) -> None:
    """The newest export wins the whole day; hours over the day at equal age; creatives sum to the ad."""

    def row(ad: str, at: str, spend: str, load: str, exported: str, **more) -> dict:
        return {
            "stat_at": at,
            "advertiser_id": "A1",
            "ad_id": ad,
            "campaign_id": "C1",
            "spend_cny": spend,
            "impressions": 100,
            "clicks": 10,
            "_load_id": load,
            "_exported_at": exported,
        } | more

    early, late = "2026-09-21 02:00:00", "2026-09-22 02:00:00"
    raw["qianchuan__ad_reports"] += [
        row("ad-1", "2026-09-20 09:00:00", "10.00", "h1", early),
        row("ad-1", "2026-09-20 10:00:00", "20.00", "h1", early),
        row("ad-1", "2026-09-20 09:00:00", "12.00", "h2", late),  # 10:00 is gone from the newer answer
        row("ad-2", "2026-09-20 00:00:00", "50.00", "day", late),
        row("ad-2", "2026-09-20 08:00:00", "30.00", "h2", late),
        row("ad-2", "2026-09-20 09:00:00", "21.00", "h2", late),
        row("ad-3", "2026-09-20 09:00:00", "100.00", "h2", late),
        row("ad-3", "2026-09-20 09:00:00", "60.00", "h2", late, creative_id="cr1"),
        row(None, "2026-09-20 00:00:00", None, "day", late, product_id="P7", total_spend_cny="5.00", campaign_id=None),
        row("ad-lonely", "2026-08-01 09:00:00", "7.00", "h3", late, campaign_id="C9"),  # spend, and no order at all
    ]


def add(raw: dict) -> None:
    """Adds every scenario of this module to raw."""
    for build in (prices, bearers, versions, refunds, ads):
        build(raw)
