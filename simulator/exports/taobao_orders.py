"""千牛 (淘宝) exports: the order file (订单) and the sub-order file (宝贝), GB18030, ids as formulas."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa

from simulator import media
from simulator.csvfile import write_csv_parts
from simulator.days import export_moment
from simulator.exports.context import Export
from simulator.exports.layouts import TAOBAO_19, TAOBAO_ITEMS
from simulator.exports.shop_orders import per_order, spans
from simulator.frame import NONE
from simulator.status import happened, line_status, seen
from simulator.text import const, join, money, numbers, pick, stamps, where
from simulator.world import Cohort

STATUS = (
    "等待买家付款",
    "买家已付款,等待卖家发货",
    "买家已付款,等待卖家发货",
    "卖家已发货,等待买家确认",
    "交易成功",
    "交易关闭",
)
"""In the words of the export, by status.LINE_STATUS."""
_ZERO = ("主动赔付金额", "C2B小额收款", "含应开票给个人红包")


def write(export: Export) -> Iterator[Path]:
    """Both files of each window: they are of two grains and are never added up."""
    for span in spans(export):
        at = export_moment(span.last)
        for name, layout, columns in (("订单", TAOBAO_19, _orders), ("宝贝", TAOBAO_ITEMS, _items)):
            yield write_csv_parts(
                export.path("taobao", "orders", f"千牛{name}_{span.first:%Y%m%d}-{span.last:%Y%m%d}", at),
                layout,
                (columns(export, piece, at) for piece in export.pieces(span.first, span.last, media.TAOBAO)),
                "gb18030",
            )


def _orders(export: Export, cohort: Cohort, at: int) -> dict[str, pa.Array]:
    orders, lines, goods = cohort.orders, cohort.lines, export.world.catalogue
    first = np.searchsorted(lines.order_i, np.arange(orders.rows))
    due, freight = per_order(cohort, lines.payable_fen), per_order(cohort, lines.freight_fen)
    paid = happened(orders.paid_at, at)
    refunded = per_order(cohort, np.where(happened(lines.refunded_at, at), lines.refund_fen, 0))
    confirmed = per_order(cohort, np.where(happened(lines.completed_at, at), lines.payable_fen - lines.refund_fen, 0))
    known = {
        "订单编号": _id(export, orders.order_id),
        "支付单号": where(paid, _id(export, 2_026_000_000_000_000_000 + orders.order_id % 10**17), ""),
        "支付详情": where(paid, join("支付宝支付", money(due), "元"), ""),
        "买家应付货款": money(due - freight),
        "买家应付邮费": money(freight),
        "总金额": money(due),
        "买家实付金额": money(np.where(paid, due, 0)),
        "订单创建时间": stamps(orders.ordered_at),
        "订单付款时间": stamps(seen(orders.paid_at, at)),
        "商品标题": pick(goods.skus.product_i[lines.sku[first]], goods.product_names),
        "退款金额": _refund(export, refunded),
        "是否主动赔付": const("否", orders.rows),
        "商品属性SKU": join("颜色分类：", pick(lines.sku[first], goods.sku_names)),
        "确认收货打款金额": money(confirmed),
        "总金额(旧版)": money(due),
    }
    blank, zero = const("", orders.rows), const("0.00", orders.rows)
    return {name: known.get(name, zero if name in _ZERO else blank) for name in TAOBAO_19}


def _items(export: Export, cohort: Cohort, at: int) -> dict[str, pa.Array]:
    lines, goods = cohort.lines, export.world.catalogue
    applied = np.full(lines.rows, NONE)
    rows = np.flatnonzero(happened(cohort.after_sales.applied_at, at))
    applied[cohort.after_sales.line_i[rows]] = rows
    refunded = np.where(happened(lines.refunded_at, at), lines.refund_fen, 0)
    status = np.where(refunded > 0, 2, np.where(applied == NONE, 0, 1))
    known = {
        "主订单编号": _id(export, cohort.orders.order_id[lines.order_i]),
        "子订单编号": _id(export, lines.sub_order_id),
        "标题": pick(goods.skus.product_i[lines.sku], goods.product_names),
        "购买数量": numbers(lines.quantity),
        "订单状态": pick(line_status(cohort.orders, lines, at), STATUS),
        "退款状态": pick(status, ["没有申请退款", "退款处理中", "退款成功"]),
        "退款金额": _refund(export, refunded),
    }
    return {name: known[name] for name in TAOBAO_ITEMS}


def _id(export: Export, ids: np.ndarray) -> pa.Array:
    plain = numbers(ids)
    return join('="', plain, '"') if export.has("formula_ids") else plain


def _refund(export: Export, fen: np.ndarray) -> pa.Array:
    return where(fen == 0, "无退款申请", money(fen)) if export.has("no_refund_text") else money(fen)
