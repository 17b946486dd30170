"""The order exports of 快手, 视频号 and 淘宝: real layouts, and sums equal to the planted truth."""

import csv
from collections import Counter, defaultdict
from decimal import Decimal

from simulator import media
from simulator.days import start_of
from simulator.exports.context import Export
from simulator.exports.layouts import KUAISHOU_61, TAOBAO_19, TAOBAO_ITEMS, WEIXIN_57
from simulator.quirks import resolve
from simulator.truth_orders import late_orders_table, repeats_table, shops_table
from tests.unit.simulator.simulator_files import FIRST, LAST, NEXT, read_csv


def files(inbox, source: str, pattern: str = "*"):
    return sorted((inbox / source / "orders").glob(pattern))


def shop_days(world, shop: str) -> list[dict]:
    export = Export(world, None, FIRST, LAST, resolve(None))
    return [row for row in shops_table(export).to_pylist() if row["shop"] == shop]


def paid_in_time(row, name) -> bool:
    """Paid by the end of the last day: what is paid between midnight and the export belongs to the next day."""
    return bool(row[name]) and row[name].replace("/", "-") < f"{LAST.isoformat()} 99"


def test_most_orders_are_of_douyin(small_world):
    shops = Counter(small_world.span(FIRST, LAST).orders.shop.tolist())
    assert shops[media.DOUYIN] / shops.total() > 0.8 and len(shops) == 4


def test_kuaishou_orders(history, small_world):
    early, newest = files(history, "kuaishou")
    for path, lacking, further in ((early, {"预估推广佣金"}, set()), (newest, set(), {"国补类型"})):
        header = next(csv.reader(path.read_text(encoding="gb18030").splitlines()))
        assert set(KUAISHOU_61) - set(header) == lacking and set(header) - set(KUAISHOU_61) == further
    rows = {row["订单号"]: row for path in (early, newest) for row in read_csv(path, "gb18030")}
    assert all(row["实付款"].startswith("¥") and "/" in row["订单创建时间"] for row in rows.values())
    assert {row["订单状态"] for row in rows.values()} >= {"待发货", "已发货", "交易成功", "交易关闭"}
    export = Export(small_world, None, FIRST, LAST, resolve(None))
    late = {row["order_id"] for row in late_orders_table(export).to_pylist() if not row["first_exported_at"]}
    truth = shop_days(small_world, "kuaishou")
    assert not late & rows.keys()
    assert len(rows) + len(late) == sum(row["orders"] for row in truth)
    cohort = small_world.span(FIRST, LAST).of_shop(media.KUAISHOU)
    of_late = [str(key) in late for key in cohort.orders.order_id.tolist()]
    missing = cohort.lines.payable_fen[of_late & (cohort.orders.paid_at > 0) & (cohort.orders.paid_at < start_of(NEXT))]
    paid = sum(Decimal(row["实付款"][1:]) for row in rows.values() if paid_in_time(row, "订单支付时间"))
    assert paid + Decimal(int(missing.sum())) / 100 == sum(row["paid_cny"] for row in truth) > 0
    for row in rows.values():
        listed = Decimal(row["商品单价"]) * int(row["成交数量"]) + Decimal(row["快递费"])
        cut = sum(Decimal(row[name]) for name in ("店铺优惠", "平台补贴", "主播补贴"))
        assert listed - cut == Decimal(row["实付款"][1:])


def test_weixin_order_amounts_repeat_on_every_article(history, small_world):
    early, newest = files(history, "weixin")
    assert "技术服务费(将以人气卡形式返还)" in read_csv(early, "utf-8-sig")[0]
    rows = read_csv(newest, "utf-8-sig")
    assert list(rows[0]) == WEIXIN_57
    assert len({(row["订单号"], row["商品编码(平台)"], row["商品属性"]) for row in rows}) == len(rows)
    by_order = defaultdict(list)
    for row in rows:
        by_order[row["订单号"]].append(row)
    assert max(map(len, by_order.values())) > 1
    for articles in by_order.values():
        assert len({row["订单实际支付金额"] for row in articles}) == 1
        due = sum(Decimal(row["商品实际价格(总共)"]) + Decimal(row["商品平均运费"]) for row in articles)
        assert due == Decimal(articles[0]["订单实际支付金额"])
    whole = {row["订单号"]: row for path in (early, newest) for row in read_csv(path, "utf-8-sig")}
    truth = shop_days(small_world, "weixin")
    assert len(whole) == sum(row["orders"] for row in truth)
    paid = sum(Decimal(row["订单实际支付金额"]) for row in whole.values() if paid_in_time(row, "支付时间"))
    assert paid == sum(row["paid_cny"] for row in truth) > 0


def test_taobao_files_are_of_two_grains(history, small_world):
    orders = {
        row["订单编号"]: row for path in files(history, "taobao", "千牛订单*") for row in read_csv(path, "gb18030")
    }
    items = {
        row["子订单编号"]: row for path in files(history, "taobao", "千牛宝贝*") for row in read_csv(path, "gb18030")
    }
    assert list(next(iter(orders.values()))) == TAOBAO_19 and list(next(iter(items.values()))) == TAOBAO_ITEMS
    assert all(key.startswith('="') and key.endswith('"') for key in orders.keys() | items.keys())
    assert {row["主订单编号"] for row in items.values()} == orders.keys()
    assert {"买家已付款,等待卖家发货", "交易成功"} & {row["订单状态"] for row in items.values()}
    assert "无退款申请" in {row["退款金额"] for row in items.values()}
    truth = shop_days(small_world, "taobao")
    assert (len(orders), len(items)) == tuple(sum(row[name] for row in truth) for name in ("orders", "order_lines"))


def test_repeated_rows_are_those_of_the_truth(history, small_world):
    truth = {
        row["dataset"]: row for row in repeats_table(Export(small_world, None, FIRST, LAST, resolve(None))).to_pylist()
    }
    assert len(truth) == 4
    for source, encoding in (("kuaishou", "gb18030"), ("weixin", "utf-8-sig"), ("taobao", "gb18030")):
        counts = [len(read_csv(path, encoding)) for path in files(history, source)]
        assert (truth[f"{source}.orders"]["files"], truth[f"{source}.orders"]["rows"]) == (len(counts), sum(counts))
        assert 0 < truth[f"{source}.orders"]["repeated_rows"] < sum(counts)


def test_late_orders_come_with_the_next_export(history, small_world):
    planted = late_orders_table(Export(small_world, None, FIRST, LAST, resolve(None))).to_pylist()
    early, newest = ({row["订单号"] for row in read_csv(path, "gb18030")} for path in files(history, "kuaishou"))
    caught_up = {row["order_id"] for row in planted if row["first_exported_at"]}
    still_missing = {row["order_id"] for row in planted} - caught_up
    assert caught_up and caught_up <= newest and not caught_up & early
    assert not still_missing & (early | newest)
