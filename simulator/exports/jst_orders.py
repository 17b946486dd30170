"""聚水潭 order export, 47 columns: a row for each article, the order's money repeated, merged orders joined by commas."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa

from simulator import names
from simulator.exports.context import Export
from simulator.exports.erp_stock_out import SHOP_NAMES
from simulator.exports.layouts import JST_ORDERS_47
from simulator.exports.order_columns import city_name
from simulator.exports.tracking import tracking_numbers
from simulator.frame import NONE, Frame
from simulator.shipments import Shipments, merged_ids, pieces_of, shipments
from simulator.text import const, fold, join, money, numbers, pick, stamps, where
from simulator.world import Cohort
from simulator.xlsx import write_xlsx_parts


def write(export: Export) -> Iterator[Path]:
    """The shipments of the warehouse that 聚水潭 runs; nothing without the quirk."""
    if not export.has("jst_files"):
        return
    yield write_xlsx_parts(
        export.path("erp", "stock_out", f"聚水潭订单_{export.since:%Y%m%d}-{export.until:%Y%m%d}", suffix="xlsx"),
        "订单",
        JST_ORDERS_47,
        (_columns(export, piece, shipments(export, piece, jst=True)) for piece in pieces_of(export)),
        inline=export.has("xlsx_inline_strings"),
        wrong_dimension=export.has("xlsx_wrong_dimension"),
    )


def split_rows(lines: Frame) -> np.ndarray:
    """Lines of two equal pieces that are written as two equal rows, as a split shipment is: these rows are both real."""
    return (lines.quantity == 2) & ((lines.payable_fen - lines.freight_fen) % 2 == 0) & (lines.variety < 0.3)


def _columns(export: Export, cohort: Cohort, told: Shipments) -> dict[str, pa.Array]:
    halves = split_rows(cohort.lines.take(told.lines.line_i))
    told = Shipments(told.rows, told.lines.take(np.repeat(np.arange(told.lines.rows), 1 + halves)))
    halves = np.repeat(halves, 1 + halves)
    rows, line = told.rows, cohort.lines.take(told.lines.line_i)
    known = {
        name: column.take(pa.array(told.lines.shipment_i))
        for name, column in _of_orders(export, cohort, told, halves).items()
    }
    goods = export.world.catalogue
    product = goods.skus.product_i[line.sku]
    quantity = np.where(halves, 1, line.quantity)
    due = np.where(halves, (line.payable_fen - line.freight_fen) // 2, line.payable_fen - line.freight_fen)
    merged = _merged(cohort, told)[told.lines.shipment_i]
    known |= {
        "子订单编号": numbers(line.sub_order_id),
        "原始线上订单号": numbers(cohort.orders.order_id[line.order_i]),
        "款号": pick(product, [f"SY{i + 1:04d}" for i in range(goods.products.rows)]),
        "商品编码": pick(line.sku, goods.sku_ids),
        "商品名称": pick(product, goods.product_names),
        "颜色及规格": pick(line.sku, goods.sku_names),
        "数量": numbers(quantity),
        "商品单价": money(due // quantity),
        "商品金额": money(due),
        "是否赠品": const("否", line.rows),
        "成本价": where(merged | halves, "", money(goods.skus.cost_fen[line.sku])),
        "申请退货数量": const("0", line.rows),
        "实退数量": const("0", line.rows),
        "子订单状态": where(rows.shipped_at[told.lines.shipment_i] != NONE, "已发货", "待发货"),
    }
    blank = const("", line.rows)
    return {name: known.get(name, blank) for name in JST_ORDERS_47}


def _of_orders(export: Export, cohort: Cohort, told: Shipments, halves: np.ndarray) -> dict[str, pa.Array]:
    rows = told.rows
    parcel, order = cohort.parcels.take(rows.parcel_i), cohort.orders.take(rows.order_i)
    shipped = rows.shipped_at != NONE
    line = cohort.lines.take(told.lines.line_i)
    share = np.where(halves, 0.5, 1.0)

    def summed(values: np.ndarray) -> np.ndarray:
        return np.bincount(told.lines.shipment_i, values * share, rows.rows).round().astype(np.int64)

    due = money(summed(line.payable_fen))
    zero = const("0.00", rows.rows)
    province = pick(order.province, [row[0] for row in names.PROVINCES])
    return {
        "订单号": numbers(parcel.tracking),
        "线上订单号": _platform_ids(export, cohort, told),
        "店铺编号": pick(order.shop, [f"SHOP{i + 1:02d}" for i in range(len(SHOP_NAMES))]),
        "店铺": pick(order.shop, SHOP_NAMES),
        "下单时间": stamps(order.ordered_at),
        "付款日期": stamps(order.paid_at),
        "发货日期": stamps(rows.shipped_at),
        "应付金额": due,
        "已付金额": due,
        "抵扣金额": zero,
        "运费": money(summed(line.freight_fen)),
        "状态": where(shipped, "已发货", "待发货"),
        "店铺状态": where(shipped, "已发货", "待发货"),
        "快递公司": pick(np.where(shipped, parcel.carrier, NONE), [c[1] for c in names.CARRIERS]),
        "快递单号": where(shipped, tracking_numbers(cohort).take(pa.array(rows.parcel_i)), ""),
        "收货人姓名": join(pick(order.person % len(names.SURNAMES), list(names.SURNAMES)), "*"),
        "省份": province,
        "城市": city_name(order.province, order.city),
        "区县": const("***", rows.rows),
        "地址": const("****小区*栋***室", rows.rows),
        "手机": const("1**********", rows.rows),
        "订单类型": const("普通订单", rows.rows),
        "发货仓": pick(parcel.warehouse, [w[1] for w in names.WAREHOUSES]),
        "订单退款金额": zero,
    }


def _platform_ids(export: Export, cohort: Cohort, told: Shipments) -> pa.Array:
    order_i, count = merged_ids(cohort, told)
    if export.has("merged_order_ids"):
        return fold(numbers(cohort.orders.order_id[order_i]), count)
    return numbers(cohort.orders.order_id[told.rows.order_i])


def _merged(cohort: Cohort, told: Shipments) -> np.ndarray:
    """Whether each shipment holds more than one platform order."""
    return merged_ids(cohort, told)[1] > 1
