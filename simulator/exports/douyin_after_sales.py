"""抖店 after-sales export (售后单), XLSX with 50 columns."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa

from simulator import aftersales, media, names
from simulator.days import DAY, export_moment, start_of
from simulator.exports.context import Export
from simulator.exports.layouts import AFTER_SALES_50
from simulator.exports.order_columns import null
from simulator.exports.tracking import joined_tracking
from simulator.frame import NONE
from simulator.status import REFUNDED, case_status, case_words, seen
from simulator.text import const, money, numbers, pick, stamps, where
from simulator.world import Cohort
from simulator.xlsx import write_xlsx_parts

LOOK_BACK_DAYS = 30
OLDEST_ORDER_DAYS = 60
"""No order is asked about later than this after it was placed."""


def write(export: Export) -> Iterator[Path]:
    """The cases applied for in the span, in two overlapping files; or those of the last 30 days, in one."""
    if not export.is_history:
        yield _file(export, export.until - timedelta(days=LOOK_BACK_DAYS - 1), export.until)
        return
    early = export.day(0.6)
    yield _file(export, export.since, early)
    yield _file(export, max(export.since, early - timedelta(days=aftersales.LONGEST_DAYS + 1)), export.until)


def _file(export: Export, first: date, last: date) -> Path:
    at = export_moment(last)
    return write_xlsx_parts(
        export.path("douyin", "after_sales", f"售后单_{first:%Y%m%d}-{last:%Y%m%d}", at, "xlsx"),
        "售后单",
        AFTER_SALES_50,
        (
            _columns(export, piece, applied_within(piece, first, last), at)
            for piece in export.life(OLDEST_ORDER_DAYS, last, media.DOUYIN)
        ),
        inline=export.has("xlsx_inline_strings"),
        wrong_dimension=export.has("xlsx_wrong_dimension"),
    )


def applied_within(cohort: Cohort, first: date, last: date) -> np.ndarray:
    """The positions of the cases applied for on first..last."""
    # Between midnight and the export cases go on coming; the window is cut at the end of its last day.
    applied = cohort.after_sales.applied_at
    return np.flatnonzero((applied >= start_of(first)) & (applied < start_of(last) + DAY))


def _columns(export: Export, cohort: Cohort, rows: np.ndarray, at: int) -> dict[str, pa.Array]:
    case = cohort.after_sales.take(rows)
    state = case_status(case, at)
    line = cohort.lines.take(case.line_i)
    order = cohort.orders.take(line.order_i)
    goods = export.world.catalogue
    product = goods.skus.product_i[line.sku]
    none = null(export)
    paid_back = np.where(state == REFUNDED, case.succeeded_at, NONE)
    before = case.kind == aftersales.PRE_SHIP
    known = {
        "售后单号": numbers(case.after_sale_id),
        "订单号": numbers(order.order_id),
        "商品单号": numbers(line.sub_order_id),
        "商品名称": pick(product, goods.product_names),
        "商品ID": numbers(goods.products.product_id[product]),
        "应付金额（元）": money(line.payable_fen, export.has("thousands_commas")),
        "商品运费（元）": money(line.freight_fen),
        "支付优惠（元）": money(line.pay_discount_fen),
        "商品税费（元）": const("0.00", len(rows)),
        "商品发货状态": where(before, "未发货", "已发货"),
        "售后类型": pick(case.kind, aftersales.KINDS),
        "退商品金额（元）": money(case.goods_fen, export.has("thousands_commas")),
        "退运费金额（元）": money(case.freight_fen),
        "退税费金额（元）": const("0.00", len(rows)),
        "售后状态": pa.array(
            case_words(case.kind, state, line.variety, export.has("fullwidth_comma_status")), pa.large_string()
        ),
        "售后申请时间": stamps(case.applied_at),
        "退款方式": where(case.kind == aftersales.EXCHANGE, none, "原路退款"),
        "是否已上传退款凭证": const("否", len(rows)),
        "售后原因": pick(case.reason, names.REASONS),
        "退货物流单号": where(
            (seen(case.returned_at, at) != NONE), numbers(7_700_000_000_000 + case.after_sale_id % 10**10), none
        ),
        "退货发货时间": stamps(seen(case.returned_at, at), none),
        "退货物流公司": where(seen(case.returned_at, at) != NONE, "中通快递", none),
        "同意售后申请时间": stamps(seen(case.agreed_at, at), none),
        "商家退款时间": stamps(seen(np.where(paid_back == NONE, NONE, paid_back - 20), at), none),
        "用户到账时间": stamps(seen(paid_back, at), none),
        "售后关闭时间": stamps(seen(case.closed_at, at), none),
        "商家退货地址": const("浙江省杭州市余杭区***路**号退货仓", len(rows)),
        "商家退货联系人姓名": const("退货组", len(rows)),
        "商家退货联系人电话": const("0571-********", len(rows)),
        "是否极速退款": where(case.fast, "是", "否"),
        "是否拒签后退款": const("否", len(rows)),
        "发货物流单号": joined_tracking(export.world, cohort, at).take(pa.array(line.order_i)),
        "售后完结时间": stamps(seen(np.maximum(case.succeeded_at, case.closed_at), at), none),
        "商家编码": pick(line.sku, goods.sku_ids),
    }
    empty = const(none, len(rows))
    return {name: known.get(name, empty) for name in AFTER_SALES_50}
