"""Scenarios of the other shops' orders: 快手, 视频号, 淘宝, each with the trap of its grain."""

from __future__ import annotations

PAID = "2026-09-20 12:00:00"
OLD = {"_load_id": "old", "_exported_at": "2026-09-21 02:00:00", "_loaded_at": "2026-10-02 00:00:00"}


def kuaishou(raw: dict) -> None:
    """One row an order: subsidies by bearer, freight inside what was paid, an old export loaded late."""

    def order(number: str, **more) -> dict:
        return {
            "order_id": number, "ordered_at": PAID, "paid_at": PAID, "order_status": "交易成功", "quantity": 2, "unit_price_cny": "50.00",
            "product_id": "777", "merchant_code": "SKU1", "paid_cny": "100.00", "order_medium": "直播间", "channel": "自营",
        } | more  # fmt: skip

    raw["kuaishou__orders"] += [
        order("ks-1", paid_cny="81.00", freight_cny="6.00", shop_discount_cny="10.00", platform_subsidy_cny="8.00", creator_subsidy_cny="3.00", joint_discount_cny="4.00"),
        order("ks-2", paid_at=None, order_status="待付款"),
        order("ks-3", order_status="已发货"),
        order("ks-3", order_status="交易关闭", paid_cny="1.00", **OLD),
        order("ks-4", order_status="没见过"),
        order("ks-5", unit_price_cny=None, paid_cny="106.00", freight_cny="6.00"),
    ]  # fmt: skip


def weixin(raw: dict) -> None:
    """An order of three articles paid 200.01: the order's amounts stand on each row and count once."""

    def item(order: str, product: str, paid: str, **more) -> dict:
        return {
            "order_id": order, "ordered_at": PAID, "paid_at": PAID, "order_status": "已完成", "received_at": "2026-09-25 08:00:00",
            "product_id": product, "sku_name": "颜色:红", "quantity": 1, "unit_price_cny": paid, "paid_cny": paid, "order_paid_cny": "200.01",
            "freight_cny": "10.00", "tracking_no": "WX-NU1",
        } | more  # fmt: skip

    raw["weixin__orders"] += [
        # 189.99 of goods less 5 of coupon, 10.00 freight, and 5.02 that the order does not explain
        item("wx-1", "1", "99.99", merchant_code="SKU1"),
        item("wx-1", "2", "45.00", unit_price_cny="50.00", platform_coupon_cny="5.00"),
        item("wx-1", "2", "45.00", sku_name="颜色:蓝", refunded_cny="30.00", after_sale_status="退款成功"),
        item("wx-2", "1", "50.00", order_paid_cny="50.00", freight_cny="0.00", paid_at=None, order_status="待付款"),
        item("wx-3", "1", "50.00", order_paid_cny="50.00", freight_cny=None, sku_name=None),
    ]


def taobao(raw: dict) -> None:
    """Two files of two grains: money of the order, articles without money; whichever comes, the money is there once."""

    def order(number: str, paid: str, **more) -> dict:
        return {
            "order_id": number, "goods_payable_cny": "100.00", "freight_cny": "0.00", "order_total_cny": "100.00", "paid_cny": paid,
            "ordered_at": PAID, "paid_at": PAID, "product_name": "毛巾",
        } | more  # fmt: skip

    def item(order_id: str, number: str, quantity: int, **more) -> dict:
        return {
            "order_id": order_id, "sub_order_id": f"{order_id}-{number}", "product_name": f"毛巾{number}", "quantity": quantity,
            "order_status": "交易成功", "refund_status": "没有申请退款",
        } | more  # fmt: skip

    raw["taobao__orders"] += [
        order("tb-1", "100.00", refund_cny="20.00"),
        *(item("tb-1", str(i), 1, refund_cny="20.00" if i == 1 else None) for i in (1, 2, 3)),
        order("tb-2", "95.50", goods_payable_cny="90.00", freight_cny="10.00"),  # 4.50 of red packets
        item("tb-2", "1", 2),
        item("tb-2", "2", 1, order_status="买家已付款,等待卖家发货"),
        order("tb-3", "100.00", confirmed_cny="60.00", refund_cny="40.00"),  # its articles have not come
        order("tb-4", "0.00", paid_at=None),
        order("tb-5", "100.00", refund_cny="100.00"),
        item("tb-6", "1", 1),  # its order has not come
    ]


def shipped(raw: dict) -> None:
    """What the ERP shipped: it numbers an article of 视频号 in its own way, and names the sku that 淘宝 does not."""

    def out(number: str, order: str, sub_order: str, *skus: str) -> list[dict]:
        return [
            {"stock_out_id": number, "line_id": f"{number}{sku}", "erp_order_id": f"JY{order}", "order_ids": order, "sub_order_id": sub_order,
             "sku_id": sku, "warehouse_id": "SHOPS", "quantity": 1, "stock_out_status": "110", "shipped_at": "2026-09-21 10:00:00"}
            for sku in skus
        ]  # fmt: skip

    raw["erp__stock_out"] += [
        *out("S1", "wx-1", "wx-1#1", "SKU1"),
        *out("S2", "tb-2", "tb-2-1", "SKU1"),
        *out("S3", "tb-2", "tb-2-2", "BAG", "BOX"),  # 组合装: two skus in one article
        *out("S4", "ks-1", "ks-1", "BAG"),  # the platform's own code stands
    ]


def add(raw: dict) -> None:
    """Adds every scenario of this module to raw."""
    for build in (kuaishou, weixin, taobao, shipped):
        build(raw)
