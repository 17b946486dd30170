"""Every check of a contract, broken once: the finding names the file, what is wrong and the next step."""

from __future__ import annotations

import shutil

import pytest

from ingest.contract import FOLDER
from ingest.contract_check import problems

ORDERS = "weixin/orders.odcs.yaml"


def spoilt(tmp_path, path: str, *changes: tuple[str, str]) -> list[str]:
    """The problems of a copy of one contract after text changes, each of which must hit."""
    target = tmp_path / path
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(FOLDER / path, target)
    text = target.read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new, 1)
    target.write_text(text, encoding="utf-8")
    return problems(tmp_path)


@pytest.mark.parametrize(("path", "old", "new", "words"), [
    (ORDERS, "property: level, value: order", "property: levle, value: order", "unknown custom property 'levle'"),
    (ORDERS, "property: levels", "property: levls", "unknown custom property 'levls' of the schema"),
    (ORDERS, "value: {order: order_id}", "value: {order: nothing}", "it is no column"),
    (ORDERS, "value: {order: order_id}", "value: {basket: order_id}", "level basket is in levels but on no column"),
    (ORDERS, "physicalName: 订单发货时间", "physicalName: 订单下单时间", "belongs to both ordered_at and shipped_at"),
    (ORDERS, "name: shipped_at", "name: ordered_at", "ordered_at is declared twice"),
    (ORDERS, "name: flag_colour", "name: FlagColour", "'FlagColour' is not snake_case"),
    (ORDERS, "physicalName: 发货方式", "physicalName: 联系电话", "'联系电话' smells of a person"),
    (ORDERS, "{property: protect, value: drop}", "{property: protect, value: hide}", "unknown protect 'hide'"),
    (ORDERS, "logicalType: string, classification: personal, customProperties: [{property: protect, value: drop}]", "logicalType: string, customProperties: [{property: protect, value: drop}]", "protected and not classified"),
    (ORDERS, "dataDate, value: ordered_at", "dataDate, value: order_id", "dataDate names order_id, which is a id"),
    (ORDERS, "value: [ordered_at, paid_at", "value: [bought_at, paid_at", "contentTime names bought_at, which is no column"),
    (ORDERS, "tokens: [合计", "tokens: ['合计('", "bad regular expression"),
    (ORDERS, "control: [商品实际价格(总共)]", "control: [订单实际支付金额]", "does not add up over rows"),
    (ORDERS, "control: [商品实际价格(总共)]", "control: [总数]", "no column of numbers"),
    (ORDERS, "formats, value: [csv", "formats, value: [cvs", "unknown format 'cvs'"),
    (ORDERS, "maxQuarantineShare, value: 0.5", "maxQuarantineShare, value: 50", "a share between 0 and 1"),
    (ORDERS, "description:\n  purpose: ", "description:\n  purpose: '' #", "has no description.purpose"),
    (ORDERS, "id: weixin.orders", "id: weixin.sales", "id is weixin.sales, but the file stands for weixin.orders"),
    (ORDERS, "apiVersion", "apiVersoin", "not a valid data contract"),
    ("douyin/after_sales_api.odcs.yaml", "{property: unit, value: fen}", "{property: unit, value: cent}", "unit is 'cent'"),
    ("douyin/after_sales_api.odcs.yaml", "{property: format, value: epoch_s}", "{property: format, value: epoch_min}", "format is 'epoch_min'"),
    ("douyin/after_sales_api.odcs.yaml", "items: [data.items", "itmes: [data.items", "unknown key 'itmes' of json"),
    ("douyin/after_sales_api.odcs.yaml", "code: {path: code", "code: {paht: code", "json.code is"),
    ("douyin/comments.odcs.yaml", "name: gift_name, physicalName: gift.name", "name: gift_name, physicalName: gift.diamondCount.name", "is a value here and a part that holds"),
    ("douyin/comments.odcs.yaml", "physicalName: giftId", "physicalName: Content", "belongs to both"),
    ("douyin/comments.odcs.yaml", "property: keyType, value: douyin_user", "property: impersonal, value: none", "a keyed column without keyType"),
    ("douyin/comments.odcs.yaml", "{property: keyless, value: ", "{property: drop, value: ", "no column is a primaryKey"),
    ("douyin/comments.odcs.yaml", "physicalName: common.msgId, logicalType: string,", "physicalName: common.msgId, logicalType: string, primaryKey: true,", "keyless, and yet message_id is a primaryKey"),
    ("douyin/live_minutes.odcs.yaml", "(\\d+)", "\\d+", "has 0 groups"),
    ("douyin/live_minutes.odcs.yaml", "live_session_id is null", "room_id is null", "quality rule room_is_known cannot run"),
    ("douyin/live_minutes.odcs.yaml", "severity: error", "severity: fatal", "severity is 'fatal'"),
    ("douyin/live_minutes.odcs.yaml", "mustBe: 0", "mustBe: 1", "with a query over {batch}"),
    ("douyin/live_minutes.odcs.yaml", "{value: gpm}", "{value: pay_amt}", "its enum repeats a value"),
    ("douyin/live_minutes.odcs.yaml", "value: {value: value, unit: unit", "value: {vlaue: value, unit: unit", "inner is"),
    ("crm/members.odcs.yaml", "samePerson, value: [member_id, identity_id]", "samePerson, value: [member_id, points]", "samePerson is ['member_id', 'points']"),
    ("douyin/settlements.odcs.yaml", "explainingRows, value: 1", "explainingRows, value: many", "explainingRows is 'many'"),
    ("douyin/settlements.odcs.yaml", "physicalName: 商品数量, logicalType: integer", "physicalName: 商品数量, logicalType: integer, enum: [{value: '1'}]", "an enum of a integer"),
    ("erp/stock_out.odcs.yaml", "explode: details_list,", "explode: lines,", "json.explode is lines and no column stands in it"),
    ("erp/stock_out.odcs.yaml", "requireOneOf, value: [[stock_out_id", "requireOneOf, value: [[stockout", "requireOneOf names stockout"),
    ("web/touchpoints.odcs.yaml", "property: keyTypeColumn, value: identity_type", "property: keyTypeColumn, value: identity_kind", "keyTypeColumn identity_kind is no column"),
])  # fmt: skip
def test_a_spoilt_contract_is_told(tmp_path, path, old, new, words):
    found = spoilt(tmp_path, path, (old, new))
    assert any(words in problem for problem in found), found
    assert all("Next: " in problem and path.split("/")[1].split(".")[0] in problem for problem in found)


def test_what_is_missing_is_told(tmp_path):
    text = (FOLDER / ORDERS).read_text(encoding="utf-8")
    (tmp_path / "weixin").mkdir()
    (tmp_path / ORDERS).write_text(text.replace(", primaryKey: true", ""), encoding="utf-8")
    assert ["no column is a primaryKey" in p for p in problems(tmp_path)] == [True]
    (tmp_path / ORDERS).write_text(text.replace(", required: true", ""), encoding="utf-8")
    assert ["requires no column" in p for p in problems(tmp_path)] == [True]
    (tmp_path / ORDERS).write_text(
        "\n".join(line for line in text.splitlines() if "limitations" not in line).replace(
            "physicalName: 带货费用渠道", "physicalName: 带货费用渠道, description: its values are unconfirmed"
        ),
        encoding="utf-8",
    )
    assert ["description.limitations does not" in p for p in problems(tmp_path)] == [True]


def test_a_folder_of_good_contracts_has_no_problems(tmp_path):
    assert spoilt(tmp_path, ORDERS) == [] and problems(tmp_path / "nothing") == []
