"""The contracts: they parse, they know every header of the confirmed layouts, they classify people, and nothing has drifted."""

from __future__ import annotations

import re

import layouts
import platform_layouts as real
import pytest

from ingest.contract import FOLDER, all_contracts, load_contract, read_contract
from ingest.contract_check import problems
from ingest.errors import Refused
from ingest.headers import match
from ingest.registry import find_source, sources
from warehouse.generate import generate, sources_yaml

CONTRACTS = all_contracts()
NAMES = {f"{s.name}.{d}" for s in sources() for d in s.datasets}


def test_every_registered_dataset_has_a_contract_and_no_other():
    assert {c.name for c in CONTRACTS} == NAMES and {
        "douyin.settlements",
        "erp.stock_out",
        "tencent.ad_reports",
    } <= NAMES
    with pytest.raises(KeyError, match="douyin.orders"):
        load_contract("douyin", "nothing")
    with pytest.raises(KeyError, match="kuaidi100"):
        find_source("nothing")


def test_every_contract_is_whole():
    assert problems(FOLDER) == []


def test_money_moments_and_rates_are_named_by_what_they_are():
    """_cny is money and money is _cny; a timestamp ends in _at; a rate ends in _rate or _share, with its window behind it."""
    for contract in CONTRACTS:
        for column in contract.kept:
            told = f"{contract.name}.{column.name} is a {column.kind}"
            assert (column.kind == "money") == column.name.endswith("_cny"), told
            assert column.kind != "timestamp" or column.name.endswith("_at"), told
            assert column.kind != "rate" or re.search(r"_(rate|share)(_\d+[dh])?$", column.name), told


@pytest.mark.parametrize("columns", [73, 74, 75, 90])
def test_every_order_layout_is_known(columns):
    header = layouts.ORDER_LAYOUTS[columns]
    assert len(header) == columns
    found = match(list(header), load_contract("douyin", "orders"))
    strange = {h for h in header if "福袋" in h}
    assert {*found.extra, *found.dropped} == strange and len(strange) == (16 if columns == 90 else 0)
    assert len(found.positions) == columns - len(strange)


def test_after_sales_layout_is_known():
    found = match(list(layouts.AFTER_SALES_50), load_contract("douyin", "after_sales"))
    assert len(found.positions) == 50 and not found.extra and not found.dropped


@pytest.mark.parametrize(
    ("header", "needed"), [(layouts.ADS_PLANS, 17), (layouts.ADS_PRODUCTS, 17), (layouts.ADS_ACCOUNTS, 17)]
)
def test_downloaded_ad_reports_are_known(header, needed):
    contract = load_contract("qianchuan", "ad_reports")
    found = match(list(header), contract)
    assert len(found.positions) >= needed and {"stat_at"} <= set(found.positions)
    assert {"spend_cny", "total_spend_cny"} & set(found.positions)
    dressed = [f"\t{h}\n" for h in header]
    assert match(dressed, contract).positions == found.positions


def test_api_fields_of_the_ad_report_are_known():
    found = match(list(layouts.ADS_API), load_contract("qianchuan", "ad_reports"))
    assert set(found.extra) <= {
        "luban_live_slidecart_click_cnt",
        "luban_live_click_product_cnt",
        "live_watch_one_minute_count",
    }
    assert len(found.positions) >= 34 and not found.dropped


def test_stock_layout_is_known():
    found = match(list(layouts.STOCK_XLS), load_contract("erp", "stock"))
    assert found.positions["on_hand"] == layouts.STOCK_XLS.index("库存"), "库存 stands before 实际库存"
    assert found.positions["sellable"] == layouts.STOCK_XLS.index("可发库存") and {
        "sku_id",
        "goods_no",
        "is_defect",
        "available",
    } <= set(found.positions)


#: columns of 聚水潭's 84-column report that have no column of ours: kept in _extra
JST_84_EXTRA = {
    *layouts._cells(
        "分销商,供销支付时间,售后登记日期,售后确认日期,售后分类,售后进仓日期,售后进仓单号,虚拟分类,产品分类,品牌,"
        "线上颜色规格,供应商,供应商款号,供应商商品编码,店铺商品编码,赠品数量,价格为零的商品数量,实发数量,实发金额,"
        "基本售价,退货数量,退货金额,运费收入,运费收入分摊,运费支出,运费支出分摊,优惠金额,订单来源,其它价格1,其它价格2,"
        "其它价格3,其它价格4,其它价格5,其它属性1,其它属性2,其它属性3,其它属性4,其它属性5,线上商品名,"
        "组合装商品编码,预计发货日期,市场吊牌价,国标码,市场吊牌金额,订单支付时间"
    )
}
LAYOUTS = [
    ("douyin.settlements", real.SETTLEMENTS_34, 34),
    ("douyin.fund_flows", real.FUND_FLOWS_39, 39),
    ("douyin.live_sessions", real.LIVE_SESSIONS_55, 55),
    ("douyin.live_sessions", tuple(h for h in real.LIVE_SESSIONS_55 if h != "直播激励观看次数"), 54),
    ("kuaishou.orders", real.KUAISHOU_ORDERS_62, 62),
    ("kuaishou.orders", tuple(h for h in real.KUAISHOU_ORDERS_62 if h != "国补类型"), 61),
    ("weixin.orders", real.WEIXIN_ORDERS, 57),
    ("taobao.orders", real.TAOBAO_ORDERS_19, 19),
    ("taobao.orders", real.TAOBAO_SUB_ORDERS, 6),
    ("erp.stock_out", real.JST_ORDERS_47, 47),
    ("erp.stock_out", real.JST_ORDER_ITEMS_84, 84),
    ("erp.stock", real.JST_STOCK, 8),
    ("erp.stock", real.JST_INVENTORY_API, 22),
    ("qianchuan.ad_reports", ("stat_datetime", *real.ADS_METRICS_API), 114),
    ("qianchuan.ad_reports", ("stat_datetime", *real.AWEME_ORDER_API), 39),
    ("qianchuan.room_reports", ("room_id", *real.TODAY_LIVE_API), 57),
    ("qianchuan.room_reports", ("aweme_id", *real.UNI_PROMOTION_API), 12),
    ("qianchuan.room_reports", real.UNI_ROOM_API, 16),
    ("qianchuan.order_links", real.ORDER_LINKS_API, 8),
    ("qianchuan.material_reports", real.MATERIALS_15, 15),
    ("qianchuan.material_reports", real.MATERIALS_BOOSTED, 7),
    ("qianchuan.material_reports", ("整体消耗", *real.MATERIALS_API), 9),
]


@pytest.mark.parametrize(("dataset", "header", "columns"), LAYOUTS, ids=lambda x: x if isinstance(x, str) else "")
def test_every_confirmed_layout_is_known(dataset, header, columns):
    """Every column of a layout is one of ours, but for those named above; blanks and brackets change nothing."""
    contract = load_contract(*dataset.split("."))
    assert len(header) == columns
    found = match(list(header), contract)
    assert {*found.extra, *found.dropped} == (JST_84_EXTRA if header is real.JST_ORDER_ITEMS_84 else set())
    assert {c.name for c in contract.columns if c.required} <= set(found.positions)
    dressed = [f"\ufeff {h.replace('(', '（').replace(')', '）')}\t" for h in header]
    assert match(dressed, contract).positions == found.positions


@pytest.mark.parametrize(("dataset", "paths"), [
    ("douyin.orders_api", {"open_id", "sku_order_list.order_id", "sku_order_list.cid", "sku_order_list.room_id_str", "sku_order_list.pay_amount", "sku_order_list.only_platform_cost_amount"}),
    ("kuaidi100.tracks", {"nu", "com", "state", "ischeck", "data.time", "data.context", "data.statusCode"}),
    ("erp.stock", {"spec_no", "warehouse_no", "defect", "stock_num", "available_send_stock", "safe_stock_uppe", "safe_stock_upper"}),
    ("erp.stock_out", {"details_list.spec_no", "details_list.sku_id", "consign_time", "io_date", "anchor_name", "src_trade_no"}),
    ("erp.stock_in", {"stockin_id", "io_id", "details_list.num", "details_list.qty", "provider_no", "details_list.stockin_price"}),
    ("erp.purchase_orders", {"purchase_id", "po_id", "details_list.stockin_num", "details_list.in_qty", "expect_arrive_time"}),
    ("douyin.after_sales_api", {"aftersale_info.aftersale_id", "aftersale_info.refund_amount", "order_info.related_order_info[*].sku_order_id"}),
    ("douyin.live_minutes", {"point_name", "horizontal", "vertical"}),
    ("douyin.live_products", {"product_id", "pay_amt", "pay_amt_all", "pay_combo_cnt", "talk_start_time"}),
    ("douyin.comments", {"common.msgId", "common.method", "user.id", "content", "eventTime", "gift.diamondCount", "count", "total"}),
    ("tencent.ad_reports", {"cost", "time_line", "hour", "order_clk_30d_roi", "scan_follow_user_cost", "join_chat_group_number_of_people"}),
    ("kuaishou.ad_reports", {"charge", "event_order_paid_purchase_amount", "live_event_goods_view", "stat_hour"}),
    ("web.touchpoints", {"event_id", "occurred_at", "identity_type", "identity_id", "landing_url"}),
    ("crm.identity_links", {"left_type", "left_id", "right_type", "right_id", "linked_at"}),
    ("shop.products", {"product_id", "sku_id", "category_tier", "cost_cny"}),
    ("shop.warehouses", {"warehouse_id", "warehouse_name", "province", "daily_capacity"}),
])  # fmt: skip
def test_fields_of_the_other_datasets_are_known(dataset, paths):
    assert paths <= {h for c in load_contract(*dataset.split(".")).columns for h in c.headers}


def test_units_are_declared_once():
    api, files = load_contract("douyin", "orders_api"), load_contract("douyin", "orders")
    assert {c.options.get("unit") for c in api.columns if c.kind == "money"} == {"fen"}
    assert {c.options.get("unit", "yuan") for c in files.columns if c.kind == "money"} == {"yuan"}
    in_fen = {c.name for c in CONTRACTS if any(x.options.get("unit") == "fen" for x in c.columns)}
    assert in_fen == {"douyin.orders_api", "douyin.after_sales_api", "tencent.ad_reports"}


def test_marks_are_said_in_the_generated_sources():
    text = sources_yaml()
    assert "order-level, repeated on every row of the order: never sum over rows" in text
    assert "of the whole room, natural and ads" in text and "each counted once: never sum over rows" in text


@pytest.mark.parametrize(
    ("gone", "words"), [("主订单编号", "'主订单编号' is missing"), ("订单状态", "'订单状态' is missing")]
)
def test_a_missing_key_column_refuses(gone, words):
    with pytest.raises(Refused, match=words) as told:
        match([h for h in layouts.ORDERS_74 if h != gone], load_contract("douyin", "orders"), line=1)
    assert told.value.line == 1 and told.value.column == gone and told.value.hint


def test_nothing_generated_has_drifted(tmp_path, monkeypatch):
    assert generate(write=False) == [], "run `make contracts`"
    changed = tmp_path / "sources.yml"
    changed.write_text(sources_yaml().replace("VARCHAR", "BIGINT", 1))
    monkeypatch.setattr("warehouse.generate.SOURCES_YAML", changed)
    assert generate(write=False) == [changed], "a drift is seen"
    generate(write=True)
    assert generate(write=False) == []


@pytest.mark.parametrize(
    "spoil",
    [
        ("logicalType: string", "logicalType: sausage"),
        ("kind: DataContract", "kind: DataContract\nunknownKey: 1"),
        ("schema:", "schemas:"),
    ],
)
def test_a_bad_contract_is_refused_by_name(tmp_path, spoil):
    text = (FOLDER / "shop" / "warehouses.odcs.yaml").read_text(encoding="utf-8")
    path = tmp_path / "warehouses.odcs.yaml"
    path.write_text(text.replace(*spoil), encoding="utf-8")
    with pytest.raises(ValueError, match="warehouses.odcs.yaml: not a valid data contract"):
        read_contract(path)
