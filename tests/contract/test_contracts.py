"""The contracts: they parse, they know every header of the confirmed layouts, they classify people, and nothing has drifted."""

from __future__ import annotations

import layouts
import pytest

from ingest.contract import FOLDER, TYPES, all_contracts, load_contract, read_contract
from ingest.errors import Refused
from ingest.headers import canonical, match, smells_personal
from ingest.registry import find_source, sources
from warehouse.generate import generate, sources_yaml

CONTRACTS = all_contracts()
NAMES = {f"{s.name}.{d}" for s in sources() for d in s.datasets}


def test_every_registered_dataset_has_a_contract_and_no_other():
    assert {c.name for c in CONTRACTS} == NAMES and len(NAMES) == 10
    with pytest.raises(KeyError, match="douyin.orders"):
        load_contract("douyin", "nothing")
    with pytest.raises(KeyError, match="kuaidi100"):
        find_source("nothing")


@pytest.mark.parametrize("contract", CONTRACTS, ids=lambda c: c.name)
def test_a_contract_is_whole(contract):
    assert contract.title and contract.purpose and contract.grain
    assert all(c.kind in TYPES and c.type for c in contract.columns)
    names = [c.name for c in contract.columns]
    keyless = {
        "kuaidi100.tracks",
        "qianchuan.ad_reports",
    }  # events repeat; a report's grain depends on the columns chosen
    assert len(names) == len(set(names)) and any(c.key for c in contract.columns) != (contract.name in keyless)
    assert all(c.protect in (None, "drop", "key", "scrub") for c in contract.columns)
    spellings = [(canonical(h), c.name) for c in contract.columns for h in c.headers]
    assert len({s for s, _ in spellings}) == len({*spellings}), "a header belongs to one column"
    rule = contract.options.get("totalRow")
    known = {h for c in contract.columns for h in c.headers}
    assert not rule or set(rule["columns"]) & known
    for named in [*contract.options.get("contentTime", ()), *filter(None, [contract.options.get("dataDate")])]:
        assert contract.column(named).kind in ("timestamp", "date")


@pytest.mark.parametrize("contract", CONTRACTS, ids=lambda c: c.name)
def test_personal_columns_are_classified(contract):
    """What smells of a person is dropped, keyed or scrubbed; those that are not are named here, with their reason."""
    harmless = {"creator_name", "is_address_changed", "address_changed_slot", "carrier_code", "buyer_level"}
    open_ones = [
        c.name
        for c in contract.columns
        if not c.protect and any(smells_personal(h) for h in c.headers) and c.name not in harmless
    ]
    assert open_ones == []
    declared = (FOLDER / contract.source / f"{contract.dataset}.odcs.yaml").read_text(encoding="utf-8")
    assert declared.count("classification: personal") == sum(1 for c in contract.columns if c.protect), (
        "protected means classified, and the other way round"
    )
    assert not [
        c.name
        for c in contract.columns
        if c.protect == "key" and not (c.options.get("keyType") or c.options.get("keyTypeColumn"))
    ]


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


@pytest.mark.parametrize(("dataset", "paths"), [
    ("douyin.orders_api", {"open_id", "sku_order_list.order_id", "sku_order_list.cid", "sku_order_list.room_id_str", "sku_order_list.pay_amount", "sku_order_list.only_platform_cost_amount"}),
    ("kuaidi100.tracks", {"nu", "com", "state", "ischeck", "data.time", "data.context", "data.statusCode"}),
    ("erp.stock", {"spec_no", "warehouse_no", "defect", "stock_num", "available_send_stock", "safe_stock_uppe", "safe_stock_upper"}),
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
