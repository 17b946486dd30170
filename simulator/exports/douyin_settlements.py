"""抖店 settlement bill (结算账单), 34 columns: the row under the header is no data, a sub-order may settle twice."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pyarrow as pa

from simulator import media
from simulator.csvfile import write_csv_parts
from simulator.days import DAY, export_moment, start_of
from simulator.exports.context import Export
from simulator.exports.layouts import SETTLEMENTS_34
from simulator.frame import Frame
from simulator.settling import settlements
from simulator.text import const, money, numbers, signed_money, stamps, where
from simulator.world import Cohort
from simulator.xlsx import write_xlsx_parts

LOOK_BACK_DAYS = 3
OLDEST_ORDER_DAYS = 60
NOTE = "本表金额单位为元，结算时间以平台打款为准"
"""What stands in the row below the header is not known from a source, only that it is not data."""


def write(export: Export) -> Iterator[Path]:
    """What settled in the span: a workbook and a CSV that overlap; or the last three days in one CSV."""
    if not export.is_history:
        yield _file(export, export.until - timedelta(days=LOOK_BACK_DAYS - 1), export.until, "csv")
        return
    middle = export.day(0.6)
    yield _file(export, export.since, middle, "xlsx")
    yield _file(export, max(export.since, middle - timedelta(days=2)), export.until, "csv")


def _file(export: Export, first: date, last: date, kind: str) -> Path:
    path = export.path("douyin", "settlements", f"结算账单_{first:%Y%m%d}-{last:%Y%m%d}", export_moment(last), kind)
    parts = (
        settlement_columns(export, piece, settled_within(export, piece, first, last))
        for piece in export.life(OLDEST_ORDER_DAYS, last, media.DOUYIN)
    )
    notes = [[NOTE] + [""] * (len(SETTLEMENTS_34) - 1)] if export.has("settlement_note_row") else []
    if kind == "csv":
        return write_csv_parts(path, SETTLEMENTS_34, parts, "utf-8-sig", notes=notes)
    return write_xlsx_parts(
        path,
        "结算账单",
        SETTLEMENTS_34,
        parts,
        inline=export.has("xlsx_inline_strings"),
        wrong_dimension=export.has("xlsx_wrong_dimension"),
        notes=notes,
    )


def settled_within(export: Export, cohort: Cohort, first: date, last: date) -> Frame:
    """The settlement lines of first..last."""
    rows = settlements(export.world, cohort)
    return rows.take((rows.settled_at >= start_of(first)) & (rows.settled_at < start_of(last) + DAY))


def settlement_columns(export: Export, cohort: Cohort, rows: Frame) -> dict[str, pa.Array]:
    """The 34 columns; what the shop pays stands below zero, 结算金额 = 收入合计 + 支出合计."""
    line = cohort.lines.take(rows.line_i)
    order = cohort.orders.take(line.order_i)
    goods = export.world.catalogue
    count = rows.rows
    zero = const("0.00", count)
    known = {
        "结算时间": stamps(rows.settled_at),
        "订单号": numbers(order.order_id),
        "子订单号": numbers(line.sub_order_id),
        "结算金额": money(rows.net_fen),
        "结算账户": const("聚合账户", count),
        "结算单类型": where(rows.later, "补贴结算", "订单结算"),
        "有结算前退款": where(rows.refund_before_fen > 0, "是", "否"),
        "下单时间": stamps(order.ordered_at),
        "商品ID": numbers(goods.products.product_id[goods.skus.product_i[line.sku]]),
        "商品数量": numbers(line.quantity),
        "业务类型": const("自营", count),
        "订单类型": const("普通订单", count),
        "订单总价": money(line.list_fen + line.freight_fen),
        "商品总价": money(line.list_fen),
        "运费": money(line.freight_fen),
        "店铺劵": money(line.shop_borne_fen),
        "结算前退款金额": money(rows.refund_before_fen),
        "平台补贴": money(rows.platform_fen),
        "达人补贴": money(rows.creator_fen),
        "抖音支付补贴": money(rows.pay_discount_fen),
        "抖音月付营销补贴": zero,
        "用户实付": money(rows.buyer_fen),
        "收入合计": money(rows.income_fen),
        "平台服务费": signed_money(-rows.service_fen),
        "佣金": signed_money(-rows.commission_fen),
        "支出合计": signed_money(-rows.service_fen - rows.commission_fen),
        "是否免佣": where(rows.free_fen > 0, "是", "否"),
        "免佣金额": money(rows.free_fen),
        "其他分成说明": const("", count),
        "备注": const("", count),
    }
    return {name: known.get(name, zero) for name in SETTLEMENTS_34}
