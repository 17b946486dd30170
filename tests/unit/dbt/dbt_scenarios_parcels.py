"""Scenarios of parcels, refunds, bills and tickets. The data's last day is 2026-10-01: ages are those at its end."""

from __future__ import annotations

import dbt_rows as r

PAID = "2026-09-20 10:00:00"


def _event(number: str, at: str | None, code: str | None, **more) -> dict:
    return {
        "carrier_code": "yunda",
        "tracking_no": number,
        "event_at": at,
        "event_status_code": code,
        "parcel_state": "0",
    } | more


def clocks(raw: dict) -> None:
    """Late by an hour across midnight; in time; the rule's promise; two parcels of one order; two orders in one; gaps and ends."""
    shipped = {"shipped_at": "2026-09-23 00:30:00", "promised_ship_at": "2026-09-22 23:30:00", "province": "浙江省"}
    api = raw["douyin__orders_api"]
    api += [
        r.api_line("sla-late", "sla-u1", PAID, tracking_numbers="L1", **shipped),
        r.api_line("sla-rule", "sla-u2", PAID, tracking_numbers="L2", shipped_at="2026-09-22 10:00:00", province="浙江省"),
        r.api_line("sla-rule1", "sla-u2", PAID, tracking_numbers="L3", shipped_at="2026-09-22 10:00:01", province="浙江省"),
        r.api_line("sla-two", "sla-u3", PAID, line="sla-two-1", tracking_numbers="T1,T2,T3", price="50.01", **shipped),
        r.api_line("sla-two", "sla-u3", PAID, line="sla-two-2", tracking_numbers="T1,T2,T3", price="49.99", **shipped),
        r.api_line("sla-m1", "sla-u4", PAID, tracking_numbers="M1", **shipped),
        r.api_line("sla-m2", "sla-u4", "2026-09-20 11:00:00", tracking_numbers=" m1 ", **shipped | {"promised_ship_at": "2026-09-24 00:00:00"}),
        r.api_line("sla-lost", "sla-u5", "2026-09-01 10:00:00", tracking_numbers="X1", shipped_at="2026-09-01 12:00:00", province="新疆维吾尔自治区"),
        r.api_line("sla-unpaid", "sla-u6", None, tracking_numbers="O2"),
        r.api_line("sla-none", "sla-u7", PAID, tracking_numbers="N1", **shipped),
    ]  # fmt: skip
    # only the warehouse tells the waybill: two orders merged in one stock-out, and one that was called off
    api += [r.api_line(f"sla-erp{n}", "sla-u8", PAID, **shipped) for n in (1, 2, 3)]
    sent = {"sku_id": "SLA", "warehouse_id": "W-SLA", "quantity": 1, "stock_out_status": "已发货"}
    raw["erp__stock_out"] += [
        sent | {"erp_order_id": "SLA1", "order_ids": "sla-erp1,sla-erp2", "tracking_no": "W1"},
        sent | {"erp_order_id": "SLA2", "order_ids": "sla-erp3", "tracking_no": "W2", "stock_out_status": "已取消"},
        sent | {"erp_order_id": "SLA3", "order_ids": "of-no-shop", "tracking_no": "W3"},
    ]
    raw["kuaidi100__tracks"] += [
        # newest first and told in two answers, the later one of an older moment
        _event("L1", "2026-09-25 00:30:00", "301", parcel_state="3", is_signed=True),
        _event("L1", "2026-09-24 00:30:00", "5"),
        _event("L1", "2026-09-23 02:30:00", "103", _load_id="late answer", _exported_at="2026-10-02 02:00:00"),
        _event("T1", "2026-09-23 03:00:00", "1"), _event("T1", "2026-09-24 03:00:00", "3", parcel_state="3"),
        _event("T2", "2026-09-23 03:00:00", "1"), _event("T2", "2026-09-26 03:00:00", "208"), _event("T2", "2026-10-01 12:00:00", "0"),
        _event("M1", "2026-09-23 03:00:00", "1"), _event("M1", "2026-09-24 03:00:00", "203"), _event("M1", "2026-09-25 03:00:00", "6"),
        _event("M1", "2026-09-28 03:00:00", "4", parcel_state="4"),
        _event("X1", "2026-09-02 12:00:00", "1"), _event("X1", "2026-09-03 12:00:00", "0"),
        # signed by the answer, and scanned once more
        _event("E1", "2026-09-23 03:00:00", "3", parcel_state="3"), _event("E1", "2026-09-23 04:00:00", "0", parcel_state="3"),
        _event("O1", "2026-09-28 03:00:00", "1"),
        _event("N1", None, None),
    ]  # fmt: skip


def coupons(raw: dict) -> None:
    """Compensated by the fund bill, by a ticket, by no ticket about something else; refunded; two late parcels of one order."""
    shipped = {"shipped_at": "2026-09-24 10:00:00", "promised_ship_at": "2026-09-22 10:00:00", "province": "浙江省"}
    orders = {"cmp-flow": "C1", "cmp-ticket": "C2", "cmp-other": "C3", "cmp-back": "C4", "cmp-two": "C5,C6"}
    raw["douyin__orders_api"] += [
        r.api_line(o, None, PAID, tracking_numbers=nos, **shipped) for o, nos in orders.items()
    ]
    raw["douyin__fund_flows"] += [
        {"fund_flow_id": "F1", "moved_at": "2026-09-26 10:00:00", "direction": "出账", "amount_cny": "-3.00", "scene": "消费者赔付", "order_id": "cmp-flow", "sub_order_id": "cmp-flow-1"},
        {"fund_flow_id": "F2", "moved_at": "2026-09-27 10:00:00", "direction": "出账", "amount_cny": "2.00", "scene": "消费者赔付", "order_id": "cmp-flow", "sub_order_id": "cmp-flow-1"},
    ]  # fmt: skip
    raw["crm__service_tickets"] += [
        _ticket("TK-cmp1", "2026-09-26 10:00:00", topic="物流查询", order_id="cmp-ticket", solution="已补偿10元优惠券", resolved_at="2026-09-26 12:00:00"),
        _ticket("TK-cmp2", "2026-09-26 10:00:00", topic="优惠与价格", order_id="cmp-other", solution="补发了优惠券", resolved_at="2026-09-26 12:00:00"),
    ]  # fmt: skip
    raw["douyin__after_sales"].append(_case("AS-cmp", "cmp-back", "100.00", received_at="2026-09-27 10:00:00"))


def _ticket(number: str, at: str, **more) -> dict:
    return {"ticket_id": number, "opened_at": at, "channel": "飞鸽", "topic": "商品咨询", "agent_id": "KF01"} | more


def _case(number: str, order: str, goods: str, **more) -> dict:
    return {
        "after_sale_id": number, "order_id": order, "sub_order_id": f"{order}-1", "after_sale_type": "已发货退款",
        "after_sale_status": "退款成功", "refund_goods_cny": goods, "applied_at": "2026-09-26 10:00:00",
    } | more  # fmt: skip


def _api_case(number: str, order: str, **more) -> dict:
    return {
        "after_sale_id": number, "order_id": order, "related_id": f"{order}-1", "case_level_code": "1", "after_sale_type_code": "1",
        "after_sale_status_code": "12", "refund_status_code": "3", "refund_cny": "10.00", "applied_at": "2026-09-26 10:00:00",
        "updated_at": "2026-09-26 11:00:00",
    } | more  # fmt: skip


def api_refunds(raw: dict) -> None:
    """File and API of one case; a case of a whole shop order; a withdrawn one that keeps 待退款; more back than was paid."""
    raw["douyin__orders_api"] += [
        r.api_line("api-both", None, PAID),
        r.api_line("api-shop", None, PAID, line="api-shop-1", price="20.00"),
        r.api_line("api-shop", None, PAID, line="api-shop-2", price="10.00"),
        r.api_line("api-wdr", None, PAID),
        r.api_line("api-over", None, PAID),
    ]
    old = {"_exported_at": "2026-09-26 02:00:00", "_load_id": "old"}
    raw["douyin__after_sales"] += [
        _case("AS-both", "api-both", "10.00", after_sale_status="退款中", agreed_at="2026-09-26 10:30:00", **old),
        _case("AS-over1", "api-over", "60.00", received_at="2026-09-26 12:00:00", is_fast_refund=True),
        _case("AS-over2", "api-over", "60.00", received_at="2026-09-27 12:00:00"),
    ]
    raw["douyin__after_sales_api"] += [
        _api_case("AS-both", "api-both", refund_method_code="1"),
        _api_case("AS-shop", "api-shop", case_level_code="2", related_id="api-shop", sub_order_ids="api-shop-1,api-shop-2", product_ids="P1,P1", refund_cny="9.99", refund_freight_cny="0.02"),
        _api_case("AS-wdr", "api-wdr", after_sale_status_code="28", refund_status_code="1"),
    ]  # fmt: skip


def bills(raw: dict) -> None:
    """A refund before the settlement and one after it, in both bills; a line that never settles; a bill that knows more."""
    for order in ("bil-ok", "bil-never", "bil-more", "bil-less"):
        raw["douyin__orders_api"].append(r.api_line(order, None, PAID))
    raw["douyin__after_sales"] += [
        _case("AS-bil1", "bil-ok", "10.00", received_at="2026-09-26 12:00:00"),
        _case("AS-bil2", "bil-ok", "5.00", received_at="2026-09-29 12:00:00"),
        _case("AS-bil3", "bil-never", "100.00", received_at="2026-09-26 12:00:00"),
        _case("AS-bil4", "bil-less", "7.00", received_at="2026-09-26 12:00:00"),
    ]

    def settled(order: str, refund: str, at: str = "2026-09-28 06:00:00") -> dict:
        return {
            "settled_at": at,
            "order_id": order,
            "sub_order_id": f"{order}-1",
            "settled_cny": "80.00",
            "settlement_type": "订单结算",
            "pre_settlement_refund_cny": refund,
        }

    raw["douyin__settlements"] += [
        settled("bil-ok", "-10.00"),
        settled("bil-more", "3.00"),
        settled("bil-less", "0.00"),
    ]
    raw["douyin__fund_flows"].append(
        {"fund_flow_id": "F9", "moved_at": "2026-09-29 12:00:00", "direction": "出账", "amount_cny": "5.00", "scene": "退款-结算后退款-退用户", "order_id": "bil-ok", "sub_order_id": "bil-ok-1", "after_sale_id": "AS-bil2"}
    )  # fmt: skip


def tickets(raw: dict) -> None:
    """Answered at the hour and a second after it; never answered; too young to judge; members by identity and by order."""
    raw["crm__members"] += [
        {
            "member_id": "mem-1",
            "identity_type": "open_id",
            "identity_id": "tic-u1",
            "joined_at": "2026-01-01 00:00:00",
            "level": "黑钻",
        },
        {
            "member_id": "mem-2",
            "identity_type": "open_id",
            "identity_id": "tic-u1",
            "joined_at": "2026-01-01 00:00:00",
            "level": "普通",
        },
        {
            "member_id": "mem-3",
            "identity_type": "phone",
            "identity_id": "tic-p3",
            "joined_at": "2026-01-01 00:00:00",
            "level": "金卡",
        },
    ]
    raw["douyin__orders_api"].append(r.api_line("tic-1", "tic-u1", PAID))
    raw["crm__service_tickets"] += [
        _ticket("TIC1", "2026-09-30 23:10:00", order_id="tic-1", first_reply_at="2026-10-01 00:10:00", resolved_at="2026-10-01 00:40:00"),
        _ticket("TIC2", "2026-09-30 23:20:00", first_reply_at="2026-10-01 00:20:01", identity_type="phone", identity_id="tic-p3"),
        _ticket("TIC3", "2026-09-30 23:30:00", topic="发票抬头"),
        _ticket("TIC4", "2026-10-01 23:30:00", topic="闲聊"),
    ]  # fmt: skip


def returns(raw: dict) -> None:
    """RA1 sold 40 lines on the 1st and 30 on the 20th; 2 came back in the weeks before the window, 6 within it; RA2 sells too little."""
    raw["shop__products"] += [
        {"product_id": p, "sku_id": p, "product_name": p, "category": "ra", "category_tier": "core", "role": "profit"} for p in ("RA1", "RA2")
    ]  # fmt: skip
    for day, count in (("2026-09-01", 40), ("2026-09-20", 30)):
        raw["douyin__orders"] += [
            r.file_line(f"ra-{day}", f"{day} 10:00:00", line=f"ra-{day}-{n}", product_id="RA1", merchant_code="RA1") for n in range(count)
        ]  # fmt: skip
    raw["douyin__orders"].append(r.file_line("ra-few", "2026-09-20 10:00:00", product_id="RA2", merchant_code="RA2"))
    cases = [("2026-09-10", f"ra-2026-09-01-{n}") for n in range(2)] + [
        ("2026-09-27", f"ra-2026-09-20-{n}") for n in range(6)
    ]
    cases += [("2026-09-27", "ra-few-1")]
    raw["douyin__after_sales"] += [
        _case(f"AS-{line}", line.rsplit("-", 1)[0], "10.00", sub_order_id=line, after_sale_type="退货退款", after_sale_status="待退货", applied_at=f"{day} 09:00:00")
        for day, line in cases
    ]  # fmt: skip


def add(raw: dict) -> None:
    """Adds every scenario of this module to raw."""
    for build in (clocks, coupons, api_refunds, bills, tickets, returns):
        build(raw)
