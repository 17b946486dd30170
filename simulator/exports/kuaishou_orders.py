"""快手 order export: one row an order, GB18030, a ¥ before what was paid, dates with slashes."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from simulator import media, names
from simulator.csvfile import write_csv_parts
from simulator.days import export_moment
from simulator.exports.context import Export
from simulator.exports.layouts import KUAISHOU_61
from simulator.exports.order_columns import city_name
from simulator.exports.shop_orders import Span, newest_case, spans, told
from simulator.exports.tracking import joined_tracking
from simulator.frame import NONE
from simulator.status import case_status, happened, line_status, seen
from simulator.text import const, join, money, numbers, pick, stamps, where
from simulator.world import Cohort

STATUS = ("待付款", "待发货", "待发货", "已发货", "交易成功", "交易关闭")
"""In the words of the export, by status.LINE_STATUS; only 待付款 and 交易关闭 were seen in a source."""


def write(export: Export) -> Iterator[Path]:
    """The orders of the 快手 shop."""
    for span in spans(export):
        layout = list(KUAISHOU_61)
        if export.has("kuaishou_optional_columns"):
            if span.nth == 0:
                layout.remove("预估推广佣金")
            else:
                layout.insert(layout.index("商品名称"), "国补类型")
        at = export_moment(span.last)
        yield write_csv_parts(
            export.path("kuaishou", "orders", f"快手订单_{span.first:%Y%m%d}-{span.last:%Y%m%d}", at),
            layout,
            _parts(export, span, layout, at),
            "gb18030",
        )


def _parts(export: Export, span: Span, layout: list[str], at: int) -> Iterator[dict[str, pa.Array]]:
    for whole in export.pieces(span.first, span.last, media.KUAISHOU):
        piece = told(export, whole, span)
        known = _columns(export, piece, at)
        blank, zero = const("", piece.orders.rows), const("0.00", piece.orders.rows)
        yield {name: known.get(name, zero if name in ("混资活动优惠", "支付优惠") else blank) for name in layout}


def _columns(export: Export, cohort: Cohort, at: int) -> dict[str, pa.Array]:
    """One row an order: a 快手 order has one line."""
    orders, lines, goods = cohort.orders, cohort.lines, export.world.catalogue
    product = goods.skus.product_i[lines.sku]
    paid = happened(orders.paid_at, at)
    shipped = happened(lines.shipped_at, at)
    province, city = pick(orders.province, [row[0] for row in names.PROVINCES]), city_name(orders.province, orders.city)
    live = orders.room != NONE
    commission = orders.creator == 2
    return {
        "订单号": numbers(orders.order_id),
        "订单创建时间": _times(export, orders.ordered_at),
        "订单支付时间": _times(export, seen(orders.paid_at, at)),
        "订单状态": pick(line_status(orders, lines, at), STATUS),
        "实付款": _yuan(export, lines.payable_fen),
        "快递费": money(lines.freight_fen),
        "店铺优惠": money(lines.shop_fen),
        "平台补贴": money(lines.platform_fen),
        "主播补贴": money(lines.creator_fen),
        "支付方式": pick(np.where(paid, orders.pay_method % 2, NONE), ["微信", "支付宝"]),
        "成交数量": numbers(lines.quantity),
        "账号类型": where(live, "主播账号", ""),
        "旗帜颜色": const("无", orders.rows),
        "售后状态": _after_sale(cohort, at),
        "活动订单": const("否", orders.rows),
        "预售/承诺发货时间": _times(export, np.where(paid, orders.promised_at, NONE)),
        "订单载体": where(live, "直播间", "短视频"),
        "商品名称": pick(product, goods.product_names),
        "商品ID": numbers(goods.products.product_id[product] % 10**14),
        "商品规格": pick(lines.sku, goods.sku_names),
        "SKU编码": pick(lines.sku, goods.sku_ids),
        "商品单价": money(lines.unit_fen),
        "渠道": where(commission, "分销", "自营"),
        "CPS达人ID": where(commission, "2406681357", ""),
        "CPS达人昵称": where(commission, "小满的好物间", ""),
        "预估推广佣金": money(np.where(commission, lines.payable_fen * 15 // 100, 0)),
        "预估推广者分佣比例": where(commission, "15%", ""),
        "收货人姓名": join(pick(orders.person % len(names.SURNAMES), list(names.SURNAMES)), "*"),
        "收货人电话": const("1**********", orders.rows),
        "收货地址-省": province,
        "收货地址-市": city,
        "收货地址-区": const("***", orders.rows),
        "收货地址-街道": const("***", orders.rows),
        "收货地址": join(province, city, "****小区*栋***室"),
        "发货时间": _times(export, seen(lines.shipped_at, at)),
        "快递公司": _carrier(cohort, shipped),
        "快递单号": joined_tracking(export.world, cohort, at),
        "仓库名称": pick(np.where(shipped, orders.warehouse, NONE), [w[1] for w in names.WAREHOUSES]),
    }


def _times(export: Export, seconds: np.ndarray) -> pa.Array:
    made = stamps(seconds)
    return pc.replace_substring(made, "-", "/") if export.has("slash_dates") else made


def _yuan(export: Export, fen: np.ndarray) -> pa.Array:
    return join("¥", money(fen)) if export.has("yuan_signs") else money(fen)


def _carrier(cohort: Cohort, shipped: np.ndarray) -> pa.Array:
    carrier = np.full(cohort.orders.rows, NONE)
    links = cohort.parcel_links
    carrier[links.order_i] = cohort.parcels.carrier[links.parcel_i]
    return pick(np.where(shipped, carrier, NONE), [row[1] for row in names.CARRIERS])


def _after_sale(cohort: Cohort, at: int) -> pa.Array:
    newest = newest_case(cohort, at)
    some = newest != NONE
    state = np.full(len(newest), NONE)
    state[some] = case_status(cohort.after_sales, at)[newest[some]]
    words = ["售后中", "售后中", "售后中", "售后成功", "售后成功", "售后关闭"]
    return pick(state, words)
