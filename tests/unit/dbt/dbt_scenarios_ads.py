"""Scenarios of ad reports: fetches of one day at several ages, totals above their parts, three platforms, two scopes."""

from __future__ import annotations

import dbt_rows as r

DAY = "2026-09-15"


def at(age: int, hour: str = "02:00:00", day: str = DAY) -> dict:
    """The lineage of a fetch made `age` days after the day."""
    import datetime as dt

    when = f"{dt.date.fromisoformat(day) + dt.timedelta(days=age)} {hour}"
    return {"_load_id": f"ads-{when}", "_exported_at": when}


def plan(ad: str | None, spend: str, fetch: dict, hour: str = "00:00:00", account: str = "B1", **more) -> dict:
    """One row of raw.qianchuan__ad_reports; without an ad the total of the account."""
    return {"stat_at": f"{DAY} {hour}", "advertiser_id": account, "ad_id": ad, "spend_cny": spend} | fetch | more


def hours_and_days(raw: dict) -> None:
    """Hours are pulled for three days, then only the day: what the day has beyond them is a row of its own."""
    hourly, daily = at(1), at(9) | {"_load_id": "ads-daily"}
    raw["qianchuan__ad_reports"] += [
        plan("hd", "10.00", hourly, "09:00:00", paid_orders=1, paid_gmv_cny="50.00", clicks=5),
        plan("hd", "20.00", hourly, "10:00:00", paid_orders=2, paid_gmv_cny="80.00", clicks=7),
        plan("hd", "30.60", daily, paid_orders=4, paid_gmv_cny="200.00"),  # the day tells no clicks
        plan("hd-old", "7.00", at(1) | {"_load_id": "ads-day-first"}),
        plan("hd-old", "8.00", at(2) | {"_load_id": "ads-hour-later"}, "09:00:00"),
    ]


def levels(raw: dict) -> None:
    """Creative within ad within campaign within account; an account that tells more than its plans, and an older one."""
    fetch = at(1)
    raw["qianchuan__ad_reports"] += [
        plan("lv-1", "60.00", fetch | {"_load_id": "lv-c"}, account="B2", campaign_id="K1", creative_id="cr1"),
        plan("lv-1", "30.00", fetch | {"_load_id": "lv-c"}, account="B2", campaign_id="K1", creative_id="cr2"),
        plan("lv-1", "100.00", fetch | {"_load_id": "lv-a"}, account="B2", campaign_id="K1"),
        plan("lv-2", "40.00", fetch | {"_load_id": "lv-a"}, account="B2", campaign_id="K1"),
        plan(None, "145.00", fetch | {"_load_id": "lv-k"}, account="B2", campaign_id="K1"),
        plan("lv-3", "5.00", fetch | {"_load_id": "lv-a"}, account="B2", campaign_id="K2"),
        plan(None, "157.50", at(1, "02:05:00") | {"_load_id": "lv-t"}, account="B2"),
        plan("lv-9", "50.00", at(3) | {"_load_id": "lv-new"}, account="B3"),
        plan(
            None, "20.00", at(1) | {"_load_id": "lv-stale"}, account="B3"
        ),  # two days older than its plan: says nothing
    ]


def ages(raw: dict) -> None:
    """One ad as known on the day itself, the next day, at day 4 and day 20; and the same weekday a week before, at day 1 and 2."""
    for age, spend, orders, gmv in ((0, "90.00", 1, "30.00"), (1, "100.00", 2, "300.00"), (4, "100.00", 3, "420.00"), (20, "99.00", 3, "400.00")):  # fmt: skip
        raw["qianchuan__ad_reports"].append(
            plan("age", spend, at(age) | {"_load_id": f"age-{age}"}, account="B4", paid_orders=orders, paid_gmv_cny=gmv)
        )
    for day, age, gmv in (("2026-09-22", 1, "150.00"), ("2026-09-22", 2, "180.00")):
        raw["qianchuan__ad_reports"].append(
            plan("age", "50.00", at(age, day=day) | {"_load_id": f"age-{day}-{age}"}, account="B4", paid_gmv_cny=gmv)
            | {"stat_at": f"{day} 00:00:00"}
        )


def scopes(raw: dict) -> None:
    """全域 tells of the whole room: its orders are nobody's claim; each 随心推 order of an ad and day adds up."""
    whole = {"total_spend_cny": "80.00", "total_paid_orders": 9, "total_paid_gmv_cny": "900.00"}
    fetch = at(1) | {"_load_id": "sc"}
    raw["qianchuan__ad_reports"] += [
        plan(None, None, fetch, account="B5", product_id="P1") | whole,
        plan("sc-boost", "3.00", fetch, account="B5", boost_order_id="b1", paid_orders=1, paid_gmv_cny="10.00"),
        plan("sc-boost", "4.00", fetch, account="B5", boost_order_id="b2", paid_orders=0, paid_gmv_cny="0.00"),
    ]


def other_platforms(raw: dict) -> None:
    """腾讯: two time lines, levels that cut the same money again; 磁力: an account by the hour and by the day."""
    tencent = {"account_id": "T1", "stat_date": DAY, "report_level": "REPORT_LEVEL_ADGROUP", "ad_id": "tx-1"} | at(1)
    for line, orders, gmv in (("REPORTING_TIME", 2, "250.00"), ("REQUEST_TIME", 5, "600.00")):
        raw["tencent__ad_reports"].append(tencent | {"time_line": line, "spend_cny": "50.00", "paid_orders": orders, "paid_gmv_cny": gmv})  # fmt: skip
    raw["tencent__ad_reports"] += [
        tencent | {"time_line": "REPORTING_TIME", "spend_cny": "50.00", "report_level": "REPORT_LEVEL_MATERIAL_VIDEO", "video_id": "v"},
        tencent | {"time_line": "REPORTING_TIME", "spend_cny": "51.00", "report_level": "REPORT_LEVEL_ADVERTISER", "ad_id": None},
    ]  # fmt: skip
    magnetic = {"advertiser_id": "M1", "stat_date": DAY} | at(1)
    raw["kuaishou__ad_reports"] += [
        magnetic | {"stat_hour": 20, "spend_cny": "11.00", "paid_orders": 1, "paid_gmv_cny": "99.00"},
        magnetic | {"spend_cny": "12.00", "paid_orders": 2, "paid_gmv_cny": "120.00", "_load_id": "magnetic-day"},
    ]


def won_and_given_back(raw: dict) -> None:
    """An ad wins two orders and one buyer gives one of them back on day 5, another on day 10; an ad that no report knows wins one."""
    paid = f"{DAY} 12:00:00"
    raw["qianchuan__ad_reports"].append(
        plan("won", "40.00", at(1) | {"_load_id": "won"}, account="B6", campaign_id="K6", paid_orders=4, paid_gmv_cny="500.00")
    )  # fmt: skip
    for number, (who, ad, price, platform) in enumerate(
        (("won-u", "won", "100.00", "qianchuan"), ("won-v", "won", "60.00", "qianchuan"), ("won-w", "won-orphan", "30.00", "tencent"))
    ):  # fmt: skip
        order = f"won-{number}"
        raw["douyin__orders"].append(r.file_line(order, paid, price=price))
        raw["douyin__orders_api"].append(r.api_line(order, who, paid, price=price))
        raw["web__touchpoints"].append(
            r.touch(f"won-t{number}", who, f"{DAY} 09:00:00", ad_platform=platform, ad_id=ad)
        )
    back = {
        "order_id": "won-0",
        "sub_order_id": "won-0-1",
        "after_sale_type": "退货退款",
        "after_sale_status": "退款成功",
    }
    raw["douyin__after_sales"] += [
        back | {"after_sale_id": "won-b1", "refund_goods_cny": "25.00", "finished_at": "2026-09-20 12:00:00"},
        back | {"after_sale_id": "won-b2", "refund_goods_cny": "50.00", "finished_at": "2026-09-25 12:00:00"},
    ]


def tags(raw: dict) -> None:
    """A visit that names a campaign nobody spends on, and an ad that nobody visits."""
    raw["web__touchpoints"] += [
        r.touch("utm-1", "utm-u", "2026-08-01 09:00:00", "gdt", landing_url="https://a.example/?utm_source=gdt&utm_campaign=ghost"),
        r.touch("utm-2", "utm-u", "2026-08-01 09:00:00", landing_url="https://a.example/?utm_source=email&utm_campaign={cid}"),
    ]  # fmt: skip
    raw["qianchuan__order_links"] += [
        {"order_id": "won-0", "ad_id": "won", "ordered_at": f"{DAY} 11:00:00"},
        {"order_id": "won-0", "ad_id": "hd", "ordered_at": f"{DAY} 11:00:00"},
        {"order_id": "won-1", "ad_id": "won", "ordered_at": f"{DAY} 11:00:00"},
    ]


def add(raw: dict) -> None:
    """Adds every scenario of this module to raw."""
    for build in (hours_and_days, levels, ages, scopes, other_platforms, won_and_given_back, tags):
        build(raw)
