"""抖店 fund bill (动账明细): the older layout of 30 columns and the newer one of 39."""

from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa

from simulator import media, names
from simulator.csvfile import write_csv_parts
from simulator.days import DAY, export_moment, start_of
from simulator.exports.context import Export
from simulator.exports.douyin_settlements import OLDEST_ORDER_DAYS
from simulator.exports.layouts import FUND_FLOWS_30, FUND_FLOWS_39
from simulator.exports.order_columns import styled
from simulator.frame import NONE, Frame
from simulator.settling import PARTS, SCENES, SETTLED, WITHDRAWN, flows, settlements, withdrawals
from simulator.text import const, money, numbers, pick, signed_money, stamps, where
from simulator.world import Cohort

LOOK_BACK_DAYS = 7
_PART_HEADERS = dict(
    zip(
        PARTS,
        (
            "订单实付应结",
            "运费实付",
            "实际平台补贴",
            "实际达人补贴",
            "实际抖音支付补贴",
            "订单退款",
            "平台服务费",
            "佣金",
        ),
        strict=True,
    )
)
_NO_MONEY = ("计费类型", "是否免佣", "商户主体名称", "备注")


def write(export: Export) -> Iterator[Path]:
    """The movements of the span in two files, older layout and newer, that overlap; or those of the last seven days."""
    if not export.is_history:
        yield _file(export, export.until - timedelta(days=LOOK_BACK_DAYS - 1), export.until, FUND_FLOWS_39)
        return
    middle = export.day(0.5)
    old = FUND_FLOWS_30 if export.has("old_fund_layout") else FUND_FLOWS_39
    yield _file(export, export.since, middle, old)
    yield _file(export, max(export.since, middle - timedelta(days=2)), export.until, FUND_FLOWS_39)


def _file(export: Export, first: date, last: date, layout: list[str]) -> Path:
    path = export.path("douyin", "fund_flows", f"动账明细_{first:%Y%m%d}-{last:%Y%m%d}", export_moment(last))
    return write_csv_parts(path, layout, _parts(export, first, last, layout), "utf-8-sig")


def _parts(export: Export, first: date, last: date, layout: list[str]) -> Iterator[dict[str, pa.Array]]:
    for piece in export.life(OLDEST_ORDER_DAYS, last, media.DOUYIN):
        yield _columns(export, piece, moved_within(all_flows(export, piece), first, last), layout)
    taken = moved_within(all_withdrawals(export, last), first, last)
    if taken.rows:
        yield _withdrawal_columns(export, taken, layout)


def all_flows(export: Export, cohort: Cohort) -> Frame:
    """Every movement that the orders of the cohort will bring."""
    return flows(export.world, cohort, settlements(export.world, cohort))


def moved_within(rows: Frame, first: date, last: date) -> Frame:
    """The movements of first..last."""
    return rows.take((rows.moved_at >= start_of(first)) & (rows.moved_at < start_of(last) + DAY))


def all_withdrawals(export: Export, last: date) -> Frame:
    """The 提现 up to the end of `last`."""
    net: Counter[int] = Counter()
    for piece in export.pieces(export.world.first_day, last, media.DOUYIN):
        rows = moved_within(all_flows(export, piece), export.world.first_day, last)
        days, where_ = np.unique(rows.moved_at // DAY, return_inverse=True)
        sums = np.bincount(where_, rows.amount_fen, len(days)).round().astype(np.int64)
        net.update(dict(zip(days.tolist(), sums.tolist(), strict=True)))
    return withdrawals(net, start_of(last) + DAY - 1)


def _columns(export: Export, cohort: Cohort, rows: Frame, layout: list[str]) -> dict[str, pa.Array]:
    line = cohort.lines.take(rows.line_i)
    order = cohort.orders.take(line.order_i)
    goods = export.world.catalogue
    product = goods.skus.product_i[line.sku]
    # -1 stands for no case, and there may be no case at all: a further 0 is what it finds.
    case = np.append(cohort.after_sales.after_sale_id, 0)[rows.case_i]
    style = _style(export)
    known = _common(export, rows, layout) | {
        "子订单号": styled(line.sub_order_id, style),
        "订单号": styled(order.order_id, style),
        "售后编号": where(rows.case_i == NONE, "", styled(case, style)),
        "下单时间": stamps(order.ordered_at),
        "商品ID": styled(goods.products.product_id[product], style),
        "商品名称": pick(product, goods.product_names),
        "达人ID": numbers(np.array([c[0] for c in names.CREATORS])[order.creator]),
        "达人名称": pick(order.creator, [c[1] for c in names.CREATORS]),
        "订单类型": const("普通订单", rows.rows),
        "是否免佣": where((rows.scene == SETTLED) & (rows.service == 0), "是", "否"),
        **{header: signed_money(rows[part]) for part, header in _PART_HEADERS.items()},
    }
    return _laid_out(known, layout, rows.rows)


def _withdrawal_columns(export: Export, rows: Frame, layout: list[str]) -> dict[str, pa.Array]:
    rows["scene"] = np.full(rows.rows, WITHDRAWN)
    none = const("", rows.rows)
    blank = ("子订单号", "订单号", "售后编号", "下单时间", "商品ID", "商品名称", "达人ID", "达人名称", "订单类型")
    return _laid_out(_common(export, rows, layout) | dict.fromkeys(blank, none), layout, rows.rows)


def _common(export: Export, rows: Frame, layout: list[str]) -> dict[str, pa.Array]:
    return {
        "动账时间": stamps(rows.moved_at),
        layout[1]: styled(rows.flow_id, _style(export)),
        "动账方向": where(rows.amount_fen > 0, "入账", "出账"),
        "动账金额": money(np.abs(rows.amount_fen)),
        "动账账户": const("聚合账户", rows.rows),
        "动账场景": pick(rows.scene, SCENES),
    }


def _laid_out(known: dict[str, pa.Array], layout: list[str], rows: int) -> dict[str, pa.Array]:
    zero, blank = const("0.00", rows), const("", rows)
    return {name: known.get(name, blank if name in _NO_MONEY else zero) for name in layout}


def _style(export: Export) -> str:
    return "apostrophe" if export.has("apostrophe_fund_ids") else ""
