"""What follows an order: refunds, parcels, stock, touches: they hang together and agree with the planted truth."""

import json
from collections import Counter, defaultdict
from decimal import Decimal

import numpy as np
import pyarrow.compute as pc

from simulator import media
from simulator.aftersales import EXCHANGE
from simulator.days import export_moment
from simulator.effects import GROUPS, causes_table, effects_table
from simulator.exports import write_exports
from simulator.exports.tracking import tracking_numbers
from simulator.media import DOUYIN
from simulator.truth import daily_table, stock_table
from simulator.world import World
from tests.unit.simulator.simulator_files import FIRST, LAST, NEXT, read_book, read_csv


def test_refunds_equal_the_truth(history, small_world):
    cases = {}
    for path in sorted((history / "douyin" / "after_sales").iterdir(), key=lambda path: path.stem[-14:]):
        for row in read_book(path):
            assert len(row) == 50
            cases[row["售后单号"]] = row
    assert {row["售后状态"] for row in cases.values()} >= {"售后关闭", "待商家收货", "退款成功"}
    by_day = defaultdict(Decimal)
    for row in cases.values():
        if row["用户到账时间"] != "-":
            assert row["售后状态"] in ("退款成功", "同意退款，退款成功", "已全额退款")
            amount = sum(Decimal(row[name].replace(",", "")) for name in ("退商品金额（元）", "退运费金额（元）"))
            by_day[row["用户到账时间"][:10]] += amount
    daily = daily_table(small_world, small_world.span(FIRST, LAST).of_shop(DOUYIN), FIRST, LAST, export_moment(LAST))
    truth = {str(row["date"]): row["refund_cny"] for row in daily.to_pylist() if row["refund_cny"]}
    by_day.pop("2026-09-12", None)  # refunds between midnight and the export belong to the next day
    assert len(truth) > 5 and dict(by_day) == truth


def test_the_life_of_a_line_is_in_order(small_world):
    cohort = small_world.span(FIRST, NEXT)
    lines, orders, cases = cohort.lines, cohort.orders, cohort.after_sales
    order = orders.take(lines.order_i)
    for earlier, later in (
        (order.ordered_at, order.paid_at), (order.paid_at, lines.shipped_at), (lines.shipped_at, lines.completed_at),
    ):  # fmt: skip
        both = (earlier >= 0) & (later >= 0)
        assert both.any() and (earlier[both] < later[both]).all()
    assert ((cases.succeeded_at < 0) | (cases.succeeded_at > cases.applied_at)).all()
    assert (cases.applied_at > order.paid_at[cases.line_i]).all()
    back = np.where((cases.succeeded_at >= 0) & (cases.kind != EXCHANGE), cases.goods_fen + cases.freight_fen, 0)
    assert (np.bincount(cases.line_i, back, lines.rows) == lines.refund_fen).all() and back.sum() > 0
    assert ((lines.refunded_at >= 0) == (lines.refund_fen > 0)).all()
    assert (lines.refund_fen <= lines.payable_fen).all() and (lines.payable_fen > 0).all()
    assert len(np.unique(cases.line_i)) < cases.rows, "some lines are asked about twice"
    assert (lines.shipped_at[order.paid_at < 0] < 0).all()


def test_parcels_link_to_orders(history, small_world):
    (path,) = (history / "douyin" / "orders_api").iterdir()
    owners = defaultdict(set)
    counts = []
    for page in path.read_text(encoding="utf-8").splitlines():
        for order in json.loads(page)["data"]["shop_order_list"]:
            counts.append(len(order["logistics_info"]))
            for parcel in order["logistics_info"]:
                owners[parcel["tracking_no"]].add(order["order_id"])
    assert max(counts) == 2, "some orders are in two parcels"
    assert max(map(len, owners.values())) == 2, "some parcels hold two orders"
    seen = {answer["nu"] for path in (history / "kuaidi100" / "tracks").iterdir() for answer in answers(path)}
    cohort = small_world.span(FIRST, LAST)
    everyone = set(tracking_numbers(cohort).to_pylist())
    ours = set(tracking_numbers(cohort.of_shop(DOUYIN)).to_pylist())
    assert ours & seen and seen - ours and seen <= everyone, "the other shops' parcels travel too"
    assert owners.keys() <= ours and seen & ours <= owners.keys()


def answers(path):
    """The query answers of a tracks file, taken out of their push envelopes."""
    for line in path.read_text(encoding="utf-8").splitlines():
        answer = json.loads(line)
        if "param" in answer:
            param = answer["param"]
            answer = (json.loads(param) if isinstance(param, str) else param)["lastResult"]
        yield answer


def test_tracks_come_empty_and_pushed_only_as_quirks(history, small_world, tmp_path):
    write_exports(small_world, tmp_path, FIRST, LAST, quirks=())
    for inbox, odd in ((history, True), (tmp_path, False)):
        lines = [
            json.loads(line)
            for path in (inbox / "kuaidi100" / "tracks").iterdir()
            for line in path.open(encoding="utf-8")
        ]
        assert any(not line.get("data", True) for line in lines) == odd
        assert any("param" in line for line in lines) == odd
        assert any(isinstance(line.get("param"), str) for line in lines) == odd


def test_tracks_are_newest_first_and_end_with_their_state(history):
    states = set()
    for path in (history / "kuaidi100" / "tracks").iterdir():
        limit = path.stem[-14:]
        for answer in answers(path):
            times = [event["time"] for event in answer["data"]]
            assert times == sorted(times, reverse=True)
            assert all("".join(c for c in time if c.isdigit()) <= limit for time in times)
            assert (answer["ischeck"] == "1") == (answer["state"] == "3")
            assert answer["state"] == (answer["data"][0]["statusCode"] if times else "0")
            states.add(answer["state"])
    assert {"0", "1", "3", "5"} <= states


def test_stock_equals_the_ledger(history, small_world):
    truth = {
        (str(row["date"]).replace("-", ""), row["sku_id"], row["warehouse_id"]): row
        for row in stock_table(small_world, FIRST, LAST).to_pylist()
    }
    seen = 0
    for path in (history / "erp" / "stock").glob("stock_*.jsonl"):
        pages = [json.loads(line)["data"] for line in path.read_text(encoding="utf-8").splitlines()]
        items = [item for page in pages for item in page["detail_list"]]
        assert {page["total_count"] for page in pages} == {len(items)}
        for item in items:
            row = truth[path.stem.split("_")[1], item["spec_no"], item["warehouse_no"]]
            assert item["stock_num"] == row["on_hand"] >= 0
            bound = item["order_num"] + item["sending_num"] + item["lock_num"]
            assert item["available_send_stock"] == item["stock_num"] - bound
            seen += 1
    assert seen == len(truth)
    for row in truth.values():
        assert row["opening"] + row["received"] - row["shipped"] + row["returned"] == row["on_hand"]


def test_xls_is_ole2_and_sums_the_warehouses(history):
    (path,) = (history / "erp" / "stock").glob("*.xls")
    assert path.read_bytes().startswith(bytes.fromhex("D0CF11E0A1B11AE1"))
    rows = {row["商家编码"]: row for row in read_book(path)}
    (same_day,) = (history / "erp" / "stock").glob("stock_20260902_*.jsonl")
    sums = defaultdict(float)
    for line in same_day.read_text(encoding="utf-8").splitlines():
        for item in json.loads(line)["data"]["detail_list"]:
            sums[item["spec_no"]] += item["stock_num"]
    assert {sku: row["库存"] for sku, row in rows.items()} == sums
    assert "仓库名称" not in rows[next(iter(rows))]


def test_touches_come_before_orders_and_are_unique(history, small_world):
    rows = {}
    for path in (history / "web" / "touchpoints").iterdir():
        for row in read_csv(path, "utf-8"):
            assert rows.setdefault(row["event_id"], row)["occurred_at"] == row["occurred_at"]
    cohort = small_world.span(FIRST, LAST)
    assert (cohort.touches.happened_at < cohort.prospects.decided_at[cohort.touches.prospect_i]).all()
    (path,) = (history / "douyin" / "orders_api").iterdir()
    pages = [json.loads(page)["data"]["shop_order_list"] for page in path.read_text(encoding="utf-8").splitlines()]
    buyers = {order["open_id"] for page in pages for order in page}
    assert len(buyers & {row["identity_id"] for row in rows.values()}) > len(buyers) / 2
    urls = "".join(row["landing_url"] for row in rows.values())
    for part in ("__CID__", "utm_source=%E5%B0%8F", "kol_zhang_2026", "UTM_Source", "#/home?"):
        assert part in urls
    assert {row["identity_type"] for row in rows.values()} == {"open_id", "visitor_id", "unionid", "phone"}


def test_identity_links_join_known_identities(history, next_day):
    (path,) = (history / "crm" / "identity_links").iterdir()
    (later,) = (next_day / "crm" / "identity_links").iterdir()
    known = {tuple(row.values()) for row in read_csv(path, "utf-8")}
    new = {tuple(row.values()) for row in read_csv(later, "utf-8")} - known
    assert len(known) > 500 and new, "merges go on arriving"
    touches = {
        row["identity_id"] for file in (history / "web" / "touchpoints").iterdir() for row in read_csv(file, "utf-8")
    }
    assert touches & {row[1] for row in known} and touches & {row[3] for row in known}


def test_planted_effects_can_be_found_again():
    """Within the cold and the hot, the reached differ from the others by the effect; over both, only if unselected."""
    world = World(seed=11, days=20, orders_per_day=1500)
    cohort = world.span(world.first_day, world.last_day)
    prospects = cohort.prospects
    naive = {}
    for number, channel in enumerate(media.CHANNELS):
        if channel.shop not in (None, media.DOUYIN):
            continue
        lifts, weights = [], []
        for among in (prospects.hot, ~prospects.hot, np.ones(prospects.rows, bool)):
            among = among & (prospects.shop == media.DOUYIN)
            reached = prospects.exposed[:, number] & among
            lifts.append(prospects.ordered[reached].mean() - prospects.ordered[among & ~reached].mean())
            weights.append(reached.sum())
        assert abs(np.average(lifts[:2], weights=weights[:2]) - channel.effect) < 0.025, channel.name
        naive[channel.name] = lifts[2] - channel.effect
    assert min(naive["baidu"], naive["qianchuan_retarget"]) > 0.08, "those who buy anyway are reached more often"
    assert all(abs(bias) < 0.025 for name, bias in naive.items() if name not in ("baidu", "qianchuan_retarget"))


def test_channel_effects_are_the_counterfactual():
    world = World(seed=11, days=20, orders_per_day=1500)
    cohort = world.span(world.first_day, world.last_day)
    table = effects_table(world, cohort, world.first_day, world.last_day, export_moment(world.last_day))
    rows = {(row["level"], row["channel"]): row for row in table}
    assert len(rows) == len(table) == len(media.CHANNELS) + len(GROUPS)
    for row in table:
        assert row["incremental_orders"] <= row["orders"] <= cohort.orders.rows
        assert row["incremental_gmv_cny"] <= row["gmv_cny"]
        if row["level"] == "channel":
            expected = row["exposed_prospects"] * row["effect"] * 0.955
            assert abs(row["incremental_orders"] - expected) <= 5 * max(expected, 1) ** 0.5 + 0.03 * expected
            assert (row["spend_cny"] > 0) == media.CHANNELS[media.channel_number(row["channel"])].paid
    for claims_much in ("baidu", "qianchuan_retarget"):
        row = rows["channel", claims_much]
        assert row["incremental_orders"] < 0.1 * row["orders"] < row["last_touch_orders"]
    closes_little = rows["channel", "xiaohongshu"]
    assert closes_little["last_touch_orders"] < closes_little["incremental_orders"]
    group = rows["warehouse", "qianchuan"]
    members = [rows["channel", name] for name in GROUPS["qianchuan"]]
    assert group["orders"] < sum(row["orders"] for row in members)
    assert group["spend_cny"] == sum(row["spend_cny"] for row in members)
    assert group["last_touch_orders"] == sum(row["last_touch_orders"] for row in members)
    assert {name for members in GROUPS.values() for name in members} == {c.name for c in media.CHANNELS}


def test_causes_of_each_order_add_up_to_the_effects(small_world):
    cohort = small_world.span(FIRST, LAST)
    causes = causes_table(cohort).to_pydict()
    caused = Counter(c for c, yes in zip(causes["channel"], causes["is_caused"], strict=True) if yes)
    table = effects_table(small_world, cohort, FIRST, LAST, 1 << 60)
    unpaid = set(cohort.orders.order_id[cohort.orders.paid_at < 0].astype(str))
    late = Counter(
        c
        for o, c, yes in zip(causes["order_id"], causes["channel"], causes["is_caused"], strict=True)
        if yes and o in unpaid
    )
    assert sum(late.values()) > 0
    for row in table:
        if row["level"] == "channel":
            assert caused[row["channel"]] - late[row["channel"]] == row["incremental_orders"]
    assert sum(causes["is_last_touch"]) == (cohort.orders.channel >= 0).sum()


def test_downloaded_ad_report_adds_up(history, small_world):
    (path,) = (history / "qianchuan" / "ad_reports").glob("*.xlsx")
    *rows, total = read_book(path)
    assert total["日期"] == "全部" and total["计划ID"] == "-"
    spend = [Decimal(row["消耗(元)"].replace(",", "")) for row in rows]
    assert sum(spend) == Decimal(total["消耗(元)"].replace(",", "")) > 0
    daily = daily_table(small_world, small_world.span(FIRST, LAST).of_shop(DOUYIN), FIRST, LAST, export_moment(LAST))
    assert sum(spend) == pc.sum(daily["spend_known_cny"].slice(0, 10)).as_py()
    assert any(row["点击率(%)"].endswith("%") for row in rows)
