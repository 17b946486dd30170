"""A hand-made file of every real layout, landed through the door: counted, and its money, ids, times and units read by value."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal

import platform_layouts as real
import pytest
from ingest_files import book, csv_text, law_holds, put, raw_rows, set_aside

from ingest.landing import land_file

ORDER, SUB, ROOM = "6917926768823643751", "6917926768823643758", "7300000000000000001"


def landed(home, path, dataset: str):
    """Land a file and return (its load, its rows), the law of counting checked."""
    load = land_file(path, *dataset.split("."), home)
    assert load.status == "loaded", load.reason
    assert law_holds(home, load)
    return load, raw_rows(home, load)


def answer(data, **beside) -> str:
    return json.dumps({**beside, "data": data}, ensure_ascii=False)


def test_settlements_row_two_is_no_data_and_a_damaged_row_is_no_explanation(home, tmp_path):
    good = {
        "结算时间": "2026-09-12 10:00:00",
        "订单号": ORDER,
        "子订单号": f"'{SUB}",
        "结算金额": "1,018.90",
        "店铺劵": "-5.00",
        "结算单类型": "货款结算",
    }
    damaged = good | {"订单号": "6.91793E+18", "子订单号": "6.91793E+18"}
    note = {"结算时间": "动账日期", "结算金额": "单位：元"}
    header = real.SETTLEMENTS_34
    load, rows = landed(
        home,
        book(
            tmp_path / "结算账单.xlsx",
            {"账单": [header, *([r.get(h, "") for h in header] for r in (note, good, damaged))]},
        ),
        "douyin.settlements",
    )
    assert (load.rows_read, load.rows_loaded, load.rows_quarantined, load.rows_non_data) == (3, 1, 1, 1)
    assert (
        rows[0]["settled_cny"] == Decimal("1018.90")
        and rows[0]["shop_coupon_cny"] == Decimal("-5.00")
        and rows[0]["sub_order_id"] == SUB
    )
    assert set_aside(home, load)[0]["kind"] == "mangled_id"


def test_settlements_without_the_explaining_row_lose_nothing(home, tmp_path):
    rows = [
        {"结算时间": f"2026-09-12 10:00:0{n}", "订单号": ORDER, "子订单号": SUB, "结算金额": "1.00"} for n in range(3)
    ]
    load, _ = landed(home, put(tmp_path, csv_text(rows, real.SETTLEMENTS_34), "结算.csv"), "douyin.settlements")
    assert (load.rows_loaded, load.rows_non_data) == (3, 0)
    spoiled = put(
        tmp_path,
        csv_text([rows[0] | {"订单号": "6.9E+18", "子订单号": "6.9E+18"}, *rows[1:]], real.SETTLEMENTS_34),
        "结算2.csv",
    )
    load, _ = landed(home, spoiled, "douyin.settlements")
    assert (load.rows_loaded, load.rows_quarantined, load.rows_non_data) == (2, 1, 0), (
        "it has a time, so it is a damaged row"
    )


@pytest.mark.fault(11)
@pytest.mark.parametrize("spelling", ["动帐流水号", "动账流水号"])
def test_fund_flows_in_both_spellings(home, tmp_path, spelling):
    header = [spelling if "流水号" in h else h for h in real.FUND_FLOWS_39]
    row = {
        "动账时间": "2026-09-12 10:00:00",
        spelling: "'7012345678901234567",
        "动账方向": "出账",
        "动账金额": "12.34",
        "动账场景": "退款-结算后退款-退用户",
        "达人ID": "0",
        "备注": "退给13800138000",
    }
    load, rows = landed(home, put(tmp_path, csv_text([row], header), "动账.csv"), "douyin.fund_flows")
    assert rows[0]["fund_flow_id"] == "7012345678901234567" and rows[0]["amount_cny"] == Decimal("12.34")
    assert rows[0]["creator_id"] is None and rows[0]["note"] == "退给[电话]"


def test_after_sales_api_in_fen_and_epochs(home, tmp_path):
    item = {
        "aftersale_info": {"aftersale_id": "144444444444444444", "aftersale_type": 0, "aftersale_status": 12, "refund_status": 3, "refund_amount": 1999,
                           "refund_post_amount": 0, "apply_time": 1788998400, "update_time": 1788998500, "related_id": SUB, "remark": "张三 13800138000"},
        "order_info": {"shop_order_id": ORDER, "related_order_info": [{"sku_order_id": SUB, "product_id": 3600137140018749665, "shop_sku_code": "SKU-1"}, {"sku_order_id": "6917926768823643765", "product_id": 3600137140018749666, "shop_sku_code": "SKU-2"}]},
        "text_part": {"aftersale_status_text": "售后成功", "reason_text": "不想要了 13800138000"}, "seller_logs": [{"op_name": "李四"}],
    }  # fmt: skip
    path = put(tmp_path, answer({"items": [item], "total": 1}, code=10000, msg="success"), "售后.json", "utf-8")
    _, rows = landed(home, path, "douyin.after_sales_api")
    row = rows[0]
    assert row["refund_cny"] == Decimal("19.99") and row["refund_freight_cny"] == Decimal("0.00")
    assert row["applied_at"] == dt.datetime(2026, 9, 10, 8) and row["after_sale_status_code"] == "12"
    assert (
        row["sub_order_ids"] == f"{SUB},6917926768823643765"
        and row["product_ids"] == "3600137140018749665,3600137140018749666"
    )
    assert row["reason"] == "不想要了 [电话]" and "李四" not in str(rows) and "张三" not in str(rows)


def test_live_sessions_fractions_and_long_floats(home, tmp_path):
    row = {"主播头像": "https://x/y.png", "主播昵称": "旗舰店", "主播抖音号": "Brand_01", "直播开始时间": "2026/09/07 08:55:37", "直播结束时间": "2026/09/08 00:10:00",
           "直播间成交金额": "943.116017496355", "商品曝光-点击率(次数)": "0.0421", "直播间退款金额": "-", "直播间观看人数": "1,204"}  # fmt: skip
    for columns in (55, 54):
        header = [h for h in real.LIVE_SESSIONS_55 if columns == 55 or h != "直播激励观看次数"]
        cells = [
            header,
            [float(row[h]) if h in ("直播间成交金额", "商品曝光-点击率(次数)") else row.get(h, "") for h in header],
        ]
        _, rows = landed(
            home, book(tmp_path / f"明细_202609080200{columns}.xlsx", {"直播明细": cells}), "douyin.live_sessions"
        )
        assert (
            rows[0]["gmv_cny"] == Decimal("943.12")
            and rows[0]["product_click_rate"] == Decimal("0.0421")
            and rows[0]["refund_cny"] is None
        )
        assert (
            rows[0]["started_at"] == dt.datetime(2026, 9, 7, 8, 55, 37)
            and rows[0]["viewers"] == 1204
            and "account_avatar" not in rows[0]
        )


def test_live_minutes_the_room_beside_the_data_or_in_the_name(home, tmp_path):
    trends = [{"point_name": "pay_amt", "horizontal": 1788998400, "vertical": 12.5}, {"point_name": "pay_amt", "horizontal": 1788998460, "vertical": {"unit": "price", "value": 1250}},
              {"point_name": "online_user_cnt", "horizontal": 1788998400, "vertical": 300}]  # fmt: skip
    beside = put(
        tmp_path, answer({"trends": trends, "key_points": []}, st=0, msg="", room_id=ROOM), "趋势.json", "utf-8"
    )
    _, rows = landed(home, beside, "douyin.live_minutes")
    assert [r["live_session_id"] for r in rows] == [ROOM] * 3 and [r["value"] for r in rows] == [
        Decimal("12.5"),
        Decimal("12.5"),
        Decimal("300"),
    ]
    assert rows[0]["minute_at"] == dt.datetime(2026, 9, 10, 8)
    named = put(tmp_path, answer({"trends": trends[:2]}, st=0, msg=""), "趋势_room_7300000000000000002.json", "utf-8")
    assert {r["live_session_id"] for r in landed(home, named, "douyin.live_minutes")[1]} == {"7300000000000000002"}
    refused = land_file(
        put(tmp_path, '{"st":100704,"msg":"服务器错误","data":null}', "坏.json", "utf-8"),
        "douyin",
        "live_minutes",
        home,
    )
    assert refused.status == "refused" and "100704" in refused.reason


def test_live_products_values_with_units(home, tmp_path):
    item = {"product_id": "3600137140018749665", "title": "羊毛衫", "pay_amt": {"unit": "price", "value": 711500}, "pay_cnt": {"unit": "number", "value": 30}, "product_show_click_ucnt_ratio": {"unit": "ratio", "value": 0.125},
            "product_bind_time": {"unit": "ts", "value": 1788998400}, "gpm": 12.34}  # fmt: skip
    path = put(
        tmp_path,
        answer({"data_result": [item], "page_result": {"page_no": 1, "total": 1}}, st=0, msg="", room_id=ROOM),
        "商品.json",
        "utf-8",
    )
    row = landed(home, path, "douyin.live_products")[1][0]
    assert (
        row["gmv_cny"] == Decimal("7115.00")
        and row["paid_orders"] == 30
        and row["product_click_user_rate"] == Decimal("0.125")
    )
    assert (
        row["listed_at"] == dt.datetime(2026, 9, 10, 8)
        and row["gpm_cny"] == Decimal("12.34")
        and row["live_session_id"] == ROOM
    )


def test_comments_of_the_stream_and_of_a_csv(home, tmp_path):
    common = {"roomId": ROOM, "createTime": "1788998400000"}
    lines = [
        {"common": common | {"msgId": "7400000000000000001", "method": "WebcastChatMessage"}, "user": {"id": "1001", "nickName": "王五", "secUid": "MS4w"}, "content": "多少钱,\n加我13800138000", "eventTime": "1788998401"},
        {"common": common | {"msgId": "7400000000000000002", "method": "WebcastLikeMessage"}, "user": {"id": "1001"}, "count": "3", "total": "1.2万"},
        {"common": common | {"msgId": "7400000000000000003", "method": "WebcastGiftMessage"}, "user": {"id": "1002"}, "giftId": "463", "gift": {"name": "小心心", "diamondCount": 1}, "repeatCount": "5", "repeatEnd": 1},
    ]  # fmt: skip
    path = put(tmp_path, "\n".join(json.dumps(x, ensure_ascii=False) for x in lines) + "\n", "弹幕.jsonl", "utf-8")
    _, rows = landed(home, path, "douyin.comments")
    assert (
        rows[0]["content"] == "多少钱,\n加我[电话]"
        and rows[0]["sent_at"] == dt.datetime(2026, 9, 10, 8, 0, 1)
        and len(rows[0]["user_id"]) == 64
    )
    assert (
        rows[0]["user_id"] == rows[1]["user_id"] != rows[2]["user_id"]
        and "王五" not in str(rows)
        and "MS4w" not in str(rows)
    )
    assert (
        rows[1]["like_count"] == 3
        and rows[1]["stated_total"] == "1.2万"
        and rows[2]["gift_diamonds"] == 1
        and rows[2]["sent_at"] == dt.datetime(2026, 9, 10, 8)
    )
    whole = {
        "messagesList": [
            {
                "method": "WebcastChatMessage",
                "msgId": "7400000000000000009",
                "payload": {k: v for k, v in lines[0].items()},
            }
        ]
    }
    _, rows = landed(home, put(tmp_path, json.dumps(whole), "响应.json", "utf-8"), "douyin.comments")
    assert (
        rows[0]["content"] == "多少钱,\n加我[电话]"
        and rows[0]["live_session_id"] == ROOM
        and rows[0]["message_id"] == "7400000000000000001"
    )
    sheet = put(tmp_path, "time,nickname,content\n2026-09-10 08:00:00,王五,好看😀\n", f"room_{ROOM}.csv", "utf-8")
    _, rows = landed(home, sheet, "douyin.comments")
    assert (
        rows[0]["content"] == "好看😀"
        and rows[0]["live_session_id"] == ROOM
        and rows[0]["message_id"] is None
        and "王五" not in str(rows)
    )


def test_kuaishou_orders_in_gb18030_with_yen_signs(home, tmp_path):
    row = {"订单号": "2420000000000001", "订单创建时间": "2026/09/10 08:00:00", "订单状态": "待付款", "实付款": "¥1,019.90", "成交数量": "2", "CPS达人ID": "0", "预估推广者分佣比例": "12.5%",
           "收货人姓名": "赵六", "收货地址": "某路1号", "收货地址-省": "浙江省", "物流信息": "已签收 13800138000"}  # fmt: skip
    header = [h for h in real.KUAISHOU_ORDERS_62 if h not in ("国补类型", "预估推广佣金")]
    load, rows = landed(home, put(tmp_path, csv_text([row], header), "快手.csv", "gb18030"), "kuaishou.orders")
    assert (
        load.encoding == "gb18030"
        and rows[0]["paid_cny"] == Decimal("1019.90")
        and rows[0]["commission_rate"] == Decimal("0.125")
    )
    assert (
        rows[0]["ordered_at"] == dt.datetime(2026, 9, 10, 8)
        and rows[0]["province"] == "浙江省"
        and rows[0]["logistics_info"] == "已签收 [电话]"
        and "赵六" not in str(rows)
    )


@pytest.mark.parametrize("brackets", ["()", "（）"])
def test_weixin_orders_in_both_brackets(home, tmp_path, brackets):
    header = [h.replace("(", brackets[0]).replace(")", brackets[1]) for h in real.WEIXIN_ORDERS]
    items = [{"订单号": "3700000000000000001", "订单下单时间": "2026-09-10 08:00:00", "订单状态": "待发货", "订单实际支付金额": "30.00", f"商品编码{brackets[0]}平台{brackets[1]}": f"1000000000{n}", "商品属性": "红色", "商品数量": "1",
              f"商品实际价格{brackets[0]}总共{brackets[1]}": "15.00", "收件人姓名": "钱七"} for n in range(2)]  # fmt: skip
    _, rows = landed(home, put(tmp_path, csv_text(items, header), "微信.csv"), "weixin.orders")
    assert (
        [r["order_paid_cny"] for r in rows] == [Decimal("30.00")] * 2
        and sum(r["paid_cny"] for r in rows) == Decimal("30.00")
        and "钱七" not in str(rows)
    )


@pytest.mark.fault(10)
def test_taobao_orders_with_formula_ids_and_commas_in_statuses(home, tmp_path):
    row = {
        "订单编号": '="2900000000000000001"',
        "买家实付金额": "19.90",
        "订单创建时间": "2026-09-10 08:00:00",
        "退款金额": "无退款申请",
        "订单状态": "买家已付款,等待卖家发货",
    }
    _, rows = landed(
        home,
        put(tmp_path, csv_text([row], [*real.TAOBAO_ORDERS_19, "订单状态"]), "千牛.csv", "gb18030"),
        "taobao.orders",
    )
    assert (
        rows[0]["order_id"] == "2900000000000000001"
        and rows[0]["refund_cny"] is None
        and rows[0]["order_status"] == "买家已付款,等待卖家发货"
    )
    sub = {
        "主订单编号": '="2900000000000000001"',
        "子订单编号": '="2900000000000000002"',
        "标题": "羊毛衫",
        "购买数量": "2",
        "退款状态": "没有申请退款",
        "退款金额": "无退款申请",
    }
    _, rows = landed(
        home, put(tmp_path, csv_text([sub], real.TAOBAO_SUB_ORDERS), "宝贝.csv", "gb18030"), "taobao.orders"
    )
    assert (
        rows[0]["sub_order_id"] == "2900000000000000002" and rows[0]["quantity"] == 2 and rows[0]["refund_cny"] is None
    )
