"""微信小店 (视频号) order export: a row for each article of an order, on which the order's own amounts repeat."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa

from simulator import media, names
from simulator.csvfile import write_csv_parts
from simulator.days import DAY, export_moment
from simulator.exports.context import Export
from simulator.exports.layouts import WEIXIN_57
from simulator.exports.order_columns import city_name
from simulator.exports.shop_orders import Span, newest_case, order_status, per_order, spans
from simulator.exports.tracking import joined_tracking
from simulator.frame import NONE
from simulator.status import case_status, happened, seen
from simulator.text import const, join, money, numbers, pick, stamps, where
from simulator.world import Cohort

STATUS = ("待付款", "待发货", "待发货", "待收货", "已完成", "已取消")
"""In the words of the export, by status.LINE_STATUS; not seen in a source."""
_OTHER_BRACKETS = str.maketrans("()（）", "（）()")
_ZERO = ("商品改价", "积分抵扣", "运费险预计投保费用", "技术服务费（将以人气卡形式返还）")


def write(export: Export) -> Iterator[Path]:
    """The orders of the 视频号 shop; the first file of a history has brackets of the other width."""
    for span in spans(export):
        at = export_moment(span.last)
        turned = span.nth == 0 and export.has("weixin_brackets")
        layout = [name.translate(_OTHER_BRACKETS) if turned else name for name in WEIXIN_57]
        yield write_csv_parts(
            export.path("weixin", "orders", f"微信小店订单_{span.first:%Y%m%d}-{span.last:%Y%m%d}", at),
            layout,
            (dict(zip(layout, part, strict=True)) for part in _parts(export, span, at)),
            "utf-8-sig",
        )


def _parts(export: Export, span: Span, at: int) -> Iterator[list[pa.Array]]:
    for piece in export.pieces(span.first, span.last, media.WEIXIN):
        lines = piece.lines
        on_lines = pa.array(lines.order_i)
        known = {name: column.take(on_lines) for name, column in _of_orders(export, piece, at).items()}
        known |= _of_lines(export, piece, at)
        blank, zero = const("", lines.rows), const("0.00", lines.rows)
        yield [known.get(name, zero if name in _ZERO else blank) for name in WEIXIN_57]


def _of_orders(export: Export, cohort: Cohort, at: int) -> dict[str, pa.Array]:
    """What stands on every row of an order alike."""
    orders, lines = cohort.orders, cohort.lines
    province, city = pick(orders.province, [row[0] for row in names.PROVINCES]), city_name(orders.province, orders.city)
    paid = happened(orders.paid_at, at)
    due = per_order(cohort, lines.payable_fen)
    commission = orders.creator == 2
    shipped = per_order(cohort, seen(lines.shipped_at, at), np.maximum)
    completed = per_order(cohort, seen(lines.completed_at, at), np.maximum)
    return {
        "订单号": numbers(orders.order_id),
        "订单下单时间": stamps(orders.ordered_at),
        "订单发货时间": stamps(shipped),
        "订单确认收货时间": stamps(completed),
        "订单完成结算时间": stamps(seen(np.where(completed == NONE, NONE, completed + DAY), at)),
        "订单状态": pick(order_status(cohort, at), STATUS),
        "发货方式": const("自行联系快递", orders.rows),
        "收件人姓名": join(pick(orders.person % len(names.SURNAMES), list(names.SURNAMES)), "*"),
        "收件人地址": join(province, city, "****小区*栋***室"),
        "省": province,
        "市": city,
        "区": const("***", orders.rows),
        "收件人手机": const("1**********", orders.rows),
        "商品总价": money(per_order(cohort, lines.list_fen)),
        "订单实际支付金额": money(due),
        "订单实际收款金额": money(np.where(paid, due + per_order(cohort, lines.platform_borne_fen), 0)),
        "订单运费": money(per_order(cohort, lines.freight_fen)),
        "商品优惠": money(per_order(cohort, lines.shop_fen + lines.creator_fen)),
        "跨店优惠": money(per_order(cohort, lines.platform_fen)),
        "支付方式": where(paid, "微信支付", ""),
        "支付时间": stamps(seen(orders.paid_at, at)),
        "交易单号": where(paid, numbers(4_200_000_000_000_000_000 + orders.order_id % 10**17), ""),
        "物流公司": where(shipped != NONE, "中通快递", ""),
        "快递单号": joined_tracking(export.world, cohort, at),
        "技术服务费": money(np.where(paid, due // 50, 0)),
        "带货方式": where(commission, "达人带货", "店铺自营"),
        "带货账号类型": where(commission, "视频号", ""),
        "带货账号昵称": where(commission, "小满的好物间", ""),
        "带货费用类型": where(commission, "佣金", ""),
        "带货费用": money(np.where(commission, due * 15 // 100, 0)),
        "带货佣金率": where(commission, "15%", ""),
    }


def _of_lines(export: Export, cohort: Cohort, at: int) -> dict[str, pa.Array]:
    lines, goods = cohort.lines, export.world.catalogue
    product = goods.skus.product_i[lines.sku]
    goods_due = lines.payable_fen - lines.freight_fen
    newest = newest_case(cohort, at)
    state = np.full(lines.rows, NONE)
    state[newest != NONE] = case_status(cohort.after_sales, at)[newest[newest != NONE]]
    return {
        "商品名称": pick(product, goods.product_names),
        "商品编码(平台)": numbers(10_000_000_000_000 + goods.products.product_id[product] % 10**12),
        "商品编码(自定义)": pick(product, [f"SY{i + 1:04d}" for i in range(goods.products.rows)]),
        "SKU编码(自定义)": pick(lines.sku, goods.sku_ids),
        "商品属性": join("颜色:", pick(lines.sku, goods.sku_names), ";编号:", pick(lines.sku, goods.sku_ids)),
        "商品价格(单件)": money(lines.unit_fen),
        "商品实际价格(单件)": money(goods_due // lines.quantity),
        "商品实际价格(总共)": money(goods_due),
        "是否预售": const("否", lines.rows),
        "商品数量": numbers(lines.quantity),
        "商品平台券优惠": money(lines.platform_fen),
        "商品平均运费": money(lines.freight_fen),
        "商品发货": where(happened(lines.shipped_at, at), "已发货", "未发货"),
        "商品售后": pick(state, ["售后中", "售后中", "售后中", "退款成功", "换货成功", "售后关闭"], "无"),
        "商品已退款金额": money(np.where(happened(lines.refunded_at, at), lines.refund_fen, 0)),
    }
