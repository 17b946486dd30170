"""Settlements, movements of money and refunds add up to the cent, in the files as in the truth."""

from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal

import numpy as np
import pytest

from simulator.exports import write_exports
from simulator.exports.context import Export
from simulator.exports.layouts import FUND_FLOWS_30, FUND_FLOWS_39, SETTLEMENTS_34
from simulator.frame import NONE
from simulator.media import DOUYIN
from simulator.money import gmv_fen
from simulator.quirks import resolve
from simulator.settling import flows, settlements
from simulator.truth_money import fund_flows_table, settlements_table
from simulator.world import World
from tests.unit.simulator.simulator_files import FIRST, read_book, read_csv

LAST = FIRST.replace(day=28)
PARTS = (
    "订单实付应结",
    "运费实付",
    "实际平台补贴",
    "实际达人补贴",
    "实际抖音支付补贴",
    "订单退款",
    "平台服务费",
    "佣金",
)


@pytest.fixture(scope="module")
def world() -> World:
    """Long enough that orders settle and settled orders are refunded."""
    return World(seed=3, first_day=FIRST, days=28, orders_per_day=100)


@pytest.fixture(scope="module")
def inbox(world, tmp_path_factory):
    """The bills of four weeks."""
    inbox = tmp_path_factory.mktemp("bills")
    write_exports(world, inbox, FIRST, LAST, only=["douyin.settlements", "douyin.fund_flows"])
    return inbox


def rows_of(inbox, dataset: str) -> list[dict[str, str]]:
    found = []
    for path in sorted((inbox / "douyin" / dataset).iterdir()):
        found += read_book(path) if path.suffix == ".xlsx" else read_csv(path, "utf-8-sig")
    return found


def test_what_is_settled_is_what_was_paid_less_refunds_and_fees(world):
    cohort = world.span(FIRST, LAST).of_shop(DOUYIN)
    rows, lines = settlements(world, cohort), cohort.lines
    assert rows.later.any() and (rows.refund_before_fen > 0).any() and (rows.free_fen > 0).any()
    whole = np.bincount(
        rows.line_i, rows.net_fen + rows.service_fen + rows.commission_fen + rows.refund_before_fen, lines.rows
    )
    settled = np.bincount(rows.line_i, minlength=lines.rows) > 0
    assert (whole[settled] == gmv_fen(lines)[settled]).all()
    assert (lines.completed_at[settled] != NONE).all() and (rows.net_fen > 0).all()
    assert (rows.settled_at > lines.completed_at[rows.line_i]).all()
    assert 1.0 < rows.rows / settled.sum() < 1.2, "some lines settle twice"


def test_money_refunded_after_the_settlement_goes_back(world):
    cohort = world.span(FIRST, LAST).of_shop(DOUYIN)
    found = flows(world, cohort, settlements(world, cohort))
    assert len(np.unique(found.flow_id)) == found.rows
    parted = found.take(found.scene <= 3)
    assert (
        sum(
            parted[name]
            for name in ("order", "freight", "platform", "creator", "pay_discount", "refund", "service", "commission")
        )
        == parted.amount_fen
    ).all()
    back = np.bincount(found.line_i[found.scene == 1], -found.amount_fen[found.scene == 1], cohort.lines.rows)
    assert back.any() and (back[back > 0] == cohort.lines.refund_fen[back > 0]).all()
    # Whatever was refunded was kept back before or taken back after: the platform never pays a refund of its own.
    rows = settlements(world, cohort)
    kept = np.bincount(rows.line_i, rows.refund_before_fen, cohort.lines.rows)
    settled = np.bincount(rows.line_i, minlength=cohort.lines.rows) > 0
    assert (kept + back == cohort.lines.refund_fen)[settled].all()


def test_settlement_bill_equals_the_truth(inbox, world):
    rows = {}
    for row in rows_of(inbox, "settlements"):
        if row["子订单号"]:
            assert list(row) == SETTLEMENTS_34
            rows[row["子订单号"], row["结算单类型"]] = row
            money = {name: Decimal(row[name]) for name in ("结算金额", "收入合计", "支出合计", "平台服务费", "佣金")}
            assert money["结算金额"] == money["收入合计"] + money["支出合计"]
            assert money["支出合计"] == money["平台服务费"] + money["佣金"] <= 0
    truth = settlements_table(Export(world, inbox, FIRST, LAST, resolve(None))).to_pylist()
    told = defaultdict(Decimal)
    for (_, kind), row in rows.items():
        told[row["结算时间"][:10], "order" if kind == "订单结算" else "subsidy"] += Decimal(row["结算金额"])
    assert len(truth) > 20
    assert {(str(row["date"]), row["settlement_type"]): row["settled_cny"] for row in truth} == told
    assert sum(row["rows"] for row in truth) == len(rows)


def test_note_under_the_header_is_there_once_in_each_file(inbox):
    notes = [row for row in rows_of(inbox, "settlements") if not row["子订单号"]]
    assert len(notes) == 2 and all(row["结算时间"].startswith("本表") for row in notes)


def test_fund_bill_equals_the_truth_in_both_layouts(inbox, world):
    old, new = sorted((inbox / "douyin" / "fund_flows").iterdir())
    assert list(read_csv(old, "utf-8-sig")[0]) == FUND_FLOWS_30 and len(FUND_FLOWS_30) == 30
    assert list(read_csv(new, "utf-8-sig")[0]) == FUND_FLOWS_39 and len(FUND_FLOWS_39) == 39
    rows = {row.get("动账流水号") or row["动帐流水号"]: row for row in rows_of(inbox, "fund_flows")}
    assert all(key.startswith("'") for key in rows)
    told, counted = defaultdict(Decimal), defaultdict(int)
    for row in rows.values():
        signed = Decimal(row["动账金额"]) * (1 if row["动账方向"] == "入账" else -1)
        if row["动账场景"].startswith(("货款", "退款")):
            assert sum(Decimal(row[name]) for name in PARTS) == signed
        told[row["动账时间"][:10], row["动账场景"]] += signed
        counted[row["动账场景"]] += 1
    truth = fund_flows_table(Export(world, inbox, FIRST, LAST, resolve(None))).to_pylist()
    assert {(str(row["date"]), row["scene"]): row["amount_cny"] for row in truth} == told
    assert len(counted) == 7 and counted["提现"] >= 2


def test_bills_agree_with_each_other(inbox):
    settled = {
        (row["子订单号"], row["结算单类型"]): Decimal(row["结算金额"])
        for row in rows_of(inbox, "settlements")
        if row["子订单号"]
    }
    paid = {
        row.get("动账流水号") or row["动帐流水号"]: Decimal(row["动账金额"])
        for row in rows_of(inbox, "fund_flows")
        if row["动账场景"] == "货款结算入账"
    }
    assert sum(settled.values()) == sum(paid.values()) > 0 and len(settled) == len(paid)


def test_withdrawals_are_the_net_of_the_week_before(inbox):
    rows = {row.get("动账流水号") or row["动帐流水号"]: row for row in rows_of(inbox, "fund_flows")}.values()
    net = defaultdict(Decimal)
    for row in rows:
        if row["动账场景"] != "提现":
            amount = Decimal(row["动账金额"])
            net[date.fromisoformat(row["动账时间"][:10])] += amount if row["动账方向"] == "入账" else -amount
    taken = {
        date.fromisoformat(row["动账时间"][:10]): Decimal(row["动账金额"]) for row in rows if row["动账场景"] == "提现"
    }
    for day, amount in taken.items():
        assert day.weekday() == 0
        assert amount == int(sum(net[day - timedelta(days=back)] for back in range(1, 8)))
