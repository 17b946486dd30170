"""Ad reports of 千川, 腾讯广告 and 磁力 in their real layouts, landed and read by value."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal

import platform_layouts as real
from ingest_files import book, law_holds, put, raw_rows

from ingest.landing import land_file

EIGHT = dt.datetime(2026, 9, 10, 8)
ROOM = "7300000000000000001"


def rows_of(home, path, dataset: str):
    load = land_file(path, *dataset.split("."), home)
    assert load.status == "loaded" and load.rows_quarantined == 0 and law_holds(home, load), load.reason
    return raw_rows(home, load)


def page(rows: list[dict], key: str = "list", **beside) -> str:
    info = {"page": 1, "page_size": 100, "total_number": len(rows), "total_page": 1}
    return json.dumps(
        {"code": 0, "message": "OK", "data": {key: rows, "page_info": info}, **beside}, ensure_ascii=False
    )


def test_materials_of_the_daily_download_with_total_and_aggregate_rows(home, tmp_path):
    header = ["日期", *real.MATERIALS_15]
    good = {"日期": "2026-09-10", "素材名称": "口播A", "素材ID": "7412345678901234567", "整体消耗": "¥1,200.50", "净成交金额": "3,000.00", "净成交金额结算率": "93.75%", "整体支付ROI": "2.67", "整体成交金额": "3,200.00", "1小时内退款率": "6.25%", "素材创建时间": "2026-09-01 10:00:00", "净成交订单数": 30}  # fmt: skip
    total = {"日期": "全部", "素材ID": "-", "整体消耗": "1,200.50"}
    others = {"日期": "2026-09-10", "素材名称": "其他素材汇总", "素材ID": "-", "整体消耗": "0"}
    cells = [header, *([r.get(h, "") for h in header] for r in (total, good, others))]
    load = land_file(book(tmp_path / "素材.xlsx", {"素材": cells}), "qianchuan", "material_reports", home)
    assert (load.status, load.rows_loaded, load.rows_quarantined, load.rows_non_data) == ("loaded", 1, 0, 2), (
        load.reason
    )
    row = raw_rows(home, load)[0]
    assert (
        row["total_spend_cny"] == Decimal("1200.50")
        and row["net_gmv_rate"] == Decimal("0.9375")
        and row["refund_rate_1h"] == Decimal("0.0625")
    )
    assert (
        row["stat_at"] == dt.datetime(2026, 9, 10)
        and row["material_id"] == "7412345678901234567"
        and row["_extra"] is None
    )


def test_materials_with_english_headers_and_with_boosts(home, tmp_path):
    english = [
        ["material_id", "roi2_material_video_name", "material_create_time_v2", "整体消耗"],
        ["7412345678901234567", "口播A", "2026-09-01 10:00:00", "12.5"],
    ]
    row = rows_of(home, book(tmp_path / "en.xlsx", {"s": english}), "qianchuan.material_reports")[0]
    assert (row["material_name"], row["total_spend_cny"], row["material_created_at"]) == (
        "口播A",
        Decimal("12.50"),
        dt.datetime(2026, 9, 1, 10),
    )
    boosted = [list(real.MATERIALS_BOOSTED), ["7412345678901234567", "口播A", "12.5", "10.0", "2.5", "1.8", "2.1"]]
    row = rows_of(home, book(tmp_path / "追投.xlsx", {"s": boosted}), "qianchuan.material_reports")[0]
    assert (row["base_spend_cny"], row["boost_spend_cny"], row["boost_roi"]) == (
        Decimal("10.00"),
        Decimal("2.50"),
        Decimal("1.8"),
    )


def test_custom_report_of_strings_in_dimensions_and_metrics(home, tmp_path):
    rows = [
        {
            "dimensions": {"material_id": "7412345678901234567", "stat_time_day": "2026-09-10"},
            "metrics": {
                "stat_cost_for_roi2": "12.50",
                "live_show_count_for_roi2_v2": "1000",
                "live_cvr_rate_for_roi2_v2": "4.00",
            },
        }
    ]
    text = json.dumps(
        {
            "code": 0,
            "message": "OK",
            "data": {"rows": rows, "total_metrics": {"stat_cost_for_roi2": "12.50"}},
            "request": {"advertiser_id": 1700000000000001},
        }
    )
    row = rows_of(home, put(tmp_path, text, "自定义.json", "utf-8"), "qianchuan.material_reports")[0]
    assert (row["total_spend_cny"], row["impressions"], row["click_rate"]) == (Decimal("12.50"), 1000, Decimal("0.04"))
    assert row["stat_at"] == dt.datetime(2026, 9, 10) and row["advertiser_id"] == "1700000000000001"


def test_rooms_keep_ads_and_whole_room_apart(home, tmp_path):
    today = {"room_id": int(ROOM), "aweme_id": "Brand_01", "start_time": "2026-09-10 08:00:00", "stat_cost": 100.5, "qualification_stat_cost": 150, "ctr": 4.0, "luban_live_pay_order_gmv": 300.0, "live_pay_order_gmv_alias": 1000.0, "live_pay_order_count_alias": 40, "live_order_settle_count_rate_7d": 93.5}  # fmt: skip
    row = rows_of(home, put(tmp_path, page([today]), "今日直播.json", "utf-8"), "qianchuan.room_reports")[0]
    assert (row["spend_cny"], row["subject_spend_cny"], row["paid_gmv_cny"], row["room_paid_gmv_cny"]) == (
        Decimal("100.50"),
        Decimal("150.00"),
        Decimal("300.00"),
        Decimal("1000.00"),
    )
    assert (
        row["live_session_id"] == ROOM
        and row["started_at"] == EIGHT
        and row["click_rate"] == Decimal("0.04")
        and row["settled_order_rate_7d"] == Decimal("0.935")
    )
    whole = {"room_id": ROOM, "stat_datetime": "2026-09-10 08:00:00", "advertiser_id": 1700000000000001, "stat_cost_for_roi2": 150.0, "total_pay_order_gmv_include_coupon_for_roi2": 1000.0, "total_order_settle_amount_for_roi2_1h": 960.0, "total_order_settle_amount_rate_for_roi2_1h": 96.0}  # fmt: skip
    row = rows_of(home, put(tmp_path, page([whole]), "全域.json", "utf-8"), "qianchuan.room_reports")[0]
    assert (row["stat_at"], row["total_spend_cny"], row["net_gmv_1h_cny"], row["net_gmv_rate"], row["spend_cny"]) == (
        EIGHT,
        Decimal("150.00"),
        Decimal("960.00"),
        Decimal("0.96"),
        None,
    )


def test_order_links(home, tmp_path):
    links = [
        {
            "ad_id": 1750000000000001,
            "order_id": 6917926768823643751,
            "order_amount": 19.99,
            "order_place_time": moment,
            "is_pay": paid,
            "pay_type": "INDIRECT",
        }
        for moment, paid in (("2026-09-10 08:00:00", True), (1788998400, 1))
    ]
    rows = rows_of(
        home, put(tmp_path, page(links, request={"advertiser_id": 17}), "归因.json", "utf-8"), "qianchuan.order_links"
    )
    assert [r["ordered_at"] for r in rows] == [EIGHT] * 2 and [r["is_paid"] for r in rows] == [True] * 2
    assert (
        rows[0]["order_amount_cny"] == Decimal("19.99")
        and rows[0]["order_id"] == "6917926768823643751"
        and rows[0]["advertiser_id"] == "17"
    )


def test_ad_reports_of_boosts_and_of_the_account(home, tmp_path):
    boost = {
        "order_id": 1780000000000001,
        "ad_id": 1750000000000001,
        "advertiser_id": 17,
        "stat_time_hour": "2026-04-01 23:00",
        "stat_cost": 50.0,
        "pay_order_amount": 120.5,
        "dy_home_visited": 7,
    }
    row = rows_of(home, put(tmp_path, page([boost]), "随心推.json", "utf-8"), "qianchuan.ad_reports")[0]
    assert (row["boost_order_id"], row["spend_cny"], row["stat_at"], row["home_visits"]) == (
        "1780000000000001",
        Decimal("50.00"),
        dt.datetime(2026, 4, 1, 23),
        7,
    )
    account = {"advertiser_id": 17, "stat_cost": 500.0, "show_cnt": 10.0, "qianchuan_first_order_ltv30": 12.5}
    row = rows_of(
        home,
        put(tmp_path, page([account], request={"stat_date": "2026-09-10"}), "账户.json", "utf-8"),
        "qianchuan.ad_reports",
    )[0]
    assert (row["stat_at"], row["ad_id"], row["spend_cny"], row["new_customer_ltv_30d_cny"]) == (
        dt.datetime(2026, 9, 10),
        None,
        Decimal("500.00"),
        Decimal("12.50"),
    )
    undated = land_file(put(tmp_path, page([account]), "无日期.json", "utf-8"), "qianchuan", "ad_reports", home)
    assert undated.status == "refused" and "stat_datetime" in undated.reason


def test_tencent_in_fen_by_time_line(home, tmp_path):
    hour = {"date": "2026-09-10", "hour": 8, "adgroup_id": 20001, "cost": 12345, "view_count": 1000, "valid_click_count": 40, "ctr": 0.04, "cpc": 309, "order_pv": 3, "order_amount": 59970, "order_roi": 4.86, "order_clk_7d_pv": 5, "order_clk_7d_amount": 99950, "scan_follow_user_cost": 1234}  # fmt: skip
    beside = {"request": {"level": "REPORT_LEVEL_ADGROUP", "time_line": "REQUEST_TIME", "account_id": 25000}}
    row = rows_of(home, put(tmp_path, page([hour], **beside), "腾讯_2026-09-11.json", "utf-8"), "tencent.ad_reports")[0]
    assert (row["spend_cny"], row["paid_gmv_cny"], row["click_rate"], row["click_gmv_7d_cny"]) == (
        Decimal("123.45"),
        Decimal("599.70"),
        Decimal("0.04"),
        Decimal("999.50"),
    )
    assert (
        row["stat_date"],
        row["stat_hour"],
        row["time_line"],
        row["report_level"],
        row["account_id"],
        row["ad_id"],
    ) == (dt.date(2026, 9, 10), 8, "REQUEST_TIME", "REPORT_LEVEL_ADGROUP", "25000", "20001")
    wrong = land_file(
        put(tmp_path, page([hour | {"cost": 123.45}], **beside), "元.json", "utf-8"), "tencent", "ad_reports", home
    )
    assert wrong.status == "refused" and "cost is not a money" in wrong.reason, "a fraction of a fen is a wrong unit"


def test_kuaishou_in_yuan(home, tmp_path):
    day = {
        "stat_date": "2026-09-10",
        "stat_hour": 8,
        "charge": 123.45,
        "show": 1000,
        "event_order_paid_purchase_amount": 599.7,
        "event_order_amount_roi": 4.86,
    }
    text = json.dumps(
        {"code": 0, "message": "OK", "data": {"total_count": 1, "details": [day]}, "request": {"advertiser_id": 9}}
    )
    row = rows_of(home, put(tmp_path, text, "磁力.json", "utf-8"), "kuaishou.ad_reports")[0]
    assert (row["spend_cny"], row["paid_gmv_cny"], row["stat_date"], row["stat_hour"], row["advertiser_id"]) == (
        Decimal("123.45"),
        Decimal("599.70"),
        dt.date(2026, 9, 10),
        8,
        "9",
    )
