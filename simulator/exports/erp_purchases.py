"""旺店通 purchase orders (采购单) and purchase stock-in (采购入库), as pages of JSON lines."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa

from simulator import names
from simulator.days import DAY, unix
from simulator.exports.context import Export
from simulator.exports.pages import write_pages
from simulator.exports.supply import supplier_ids
from simulator.frame import Frame
from simulator.purchasing import Purchasing, last_change, make_purchasing, order_numbers, received_by
from simulator.stock import make_ledger
from simulator.text import TEXT, fold, join, json_objects, money, numbers, pick, quoted, stamps, strings

PAGE_SIZE = 100
UPDATED_WITHIN = 2 * DAY
APPROVED, PARTLY, ARRIVED = 40, 50, 60


def write(export: Export) -> Iterator[Path]:
    """Every purchase and receipt of the span; or those that changed in the last two days."""
    buying = make_purchasing(export.world, make_ledger(export.world, export.until))
    since = 0 if export.is_history else export.at - UPDATED_WITHIN
    changed = last_change(buying, export.at)
    yield _pages(export, "purchase_orders", "purchase", _orders(export, buying, np.flatnonzero(changed > since)))
    yield _pages(export, "stock_in", "stockin", _receipts(export, buying, since))


def _pages(export: Export, dataset: str, name: str, items: pa.Array) -> Path:
    return write_pages(
        export.path("erp", dataset, f"{name}_{export.since:%Y%m%d}-{export.until:%Y%m%d}", suffix="jsonl"),
        [items],
        PAGE_SIZE,
        lambda _, __: f'{{"status":0,"data":{{"total_count":{len(items)},"order":[',
        "]}}",
        total=len(items),
    )


def _orders(export: Export, buying: Purchasing, order_i: np.ndarray) -> pa.Array:
    position = np.full(buying.orders.rows, -1)
    position[order_i] = np.arange(len(order_i))
    line_i = np.flatnonzero(position[buying.lines.order_i] >= 0)
    line, order = buying.lines.take(line_i), buying.orders.take(order_i)
    of, count = position[line.order_i], len(order_i)
    cost = export.world.catalogue.skus.cost_fen[line.sku]
    got = received_by(buying, export.at)[line_i]
    number = order_numbers(export.world, buying.orders)[order_i]

    def summed(values: np.ndarray) -> np.ndarray:
        return np.bincount(of, values, count).round().astype(np.int64)

    total, arrived = summed(line.quantity), summed(got)
    # The order promises its last line.
    promised = np.zeros(count, np.int64)
    np.maximum.at(promised, of, line.promised_at)
    state = np.where(arrived == 0, APPROVED, np.where(arrived < total, PARTLY, ARRIVED))
    return json_objects(
        purchase_id=numbers(number),
        purchase_no=join('"CG', numbers(number), '"'),
        provider_no=pick(order.supplier, quoted(_suppliers(export))),
        provider_name=pick(order.supplier, quoted(_suppliers(export))),
        status=numbers(state),
        stockin_status=numbers(np.where(arrived == 0, 0, np.where(arrived < total, 1, 2))),
        warehouse_no=pick(order.warehouse, quoted([w[0] for w in names.WAREHOUSES])),
        warehouse_name=pick(order.warehouse, quoted([w[1] for w in names.WAREHOUSES])),
        created=strings(stamps(order.created_at)),
        check_time=strings(stamps(order.created_at + 1800)),
        expect_arrive_time=strings(stamps(promised)),
        modified=strings(stamps(last_change(buying, export.at)[order_i])),
        goods_fee=_decimal(summed(line.quantity * cost)),
        post_fee='"0.0000"',
        other_fee='"0.0000"',
        total_fee=_decimal(summed(line.quantity * cost)),
        tax_fee=_decimal(summed(line.quantity * cost)),
        goods_type_count=numbers(np.bincount(of, minlength=count)),
        goods_count=_pieces(total),
        goods_arrive_count=_pieces(arrived),
        goods_stockin_count=_pieces(arrived),
        remark=pick(order.urgent.astype(int), ['""', '"紧急调入"']),
        detail_list=join("[", fold(_order_lines(export, line, line_i, got), np.bincount(of, minlength=count)), "]"),
    )


def _order_lines(export: Export, line: Frame, line_i: np.ndarray, got: np.ndarray) -> pa.Array:
    cost = export.world.catalogue.skus.cost_fen[line.sku]
    return json_objects(
        rec_id=numbers(line_i + 1),
        **_goods(export, line.sku),
        num=_pieces(line.quantity),
        confirm_num=_pieces(line.quantity),
        arrive_num=_pieces(np.zeros(line.rows, int)),
        stockin_num=_pieces(got),
        lack_num=_pieces(line.quantity - got),
        price=_decimal(cost),
        dis_price=_decimal(cost),
        tax_price=_decimal(cost),
        amount=_decimal(cost * line.quantity),
        tax_amount=_decimal(cost * line.quantity),
        stockin_amount=_decimal(cost * got),
    )


def _receipts(export: Export, buying: Purchasing, since: int) -> pa.Array:
    """One document for each order, moment of arrival and lorry."""
    rows = buying.receipts.take((buying.receipts.received_at <= export.at) & (buying.receipts.received_at > since))
    if not rows.rows:
        return pa.array([], TEXT)
    line = buying.lines.take(rows.line_i)
    day = rows.received_at // DAY
    keys, of = np.unique(np.stack([day, line.order_i, rows.lorry]), axis=1, return_inverse=True)
    by_document = np.argsort(of.reshape(-1), kind="stable")
    rows, line, of = rows.take(by_document), line.take(by_document), of.reshape(-1)[by_document]
    count = keys.shape[1]
    order = buying.orders.take(keys[1])
    number = order_numbers(export.world, buying.orders)[keys[1]]
    document = number * 1000 + keys[0] % 100 * 10 + keys[2]
    received = np.zeros(count, np.int64)
    np.maximum.at(received, of, rows.received_at)
    cost = export.world.catalogue.skus.cost_fen[line.sku]
    value = np.bincount(of, cost * rows.quantity, count).round().astype(np.int64)
    details = json_objects(
        rec_id=numbers(rows.line_i * 10 + rows.lorry + 1),
        **_goods(export, line.sku),
        num=_pieces(rows.quantity),
        cost_price=_decimal(cost),
        src_price=_decimal(cost),
        tax_price=_decimal(cost),
        total_cost=_decimal(cost * rows.quantity),
        tax_amount=_decimal(cost * rows.quantity),
        stockin_price=_decimal(cost),
        tax='"0.0000"',
        defect="false",
        unit_name='"件"',
    )
    return json_objects(
        stockin_id=numbers(document),
        order_no=join('"RK', numbers(document), '"'),
        warehouse_no=pick(order.warehouse, quoted([w[0] for w in names.WAREHOUSES])),
        warehouse_name=pick(order.warehouse, quoted([w[1] for w in names.WAREHOUSES])),
        status="80",
        modified=_moment(export, received),
        created_time=_moment(export, received),
        check_time=_moment(export, received),
        purchase_id=numbers(number),
        purchase_no=join('"CG', numbers(number), '"'),
        provider_no=pick(order.supplier, quoted(_suppliers(export))),
        provider_name=pick(order.supplier, quoted(_suppliers(export))),
        goods_count=_pieces(np.bincount(of, rows.quantity, count)),
        goods_amount=_decimal(value),
        total_price=_decimal(value),
        tax_amount=_decimal(value),
        total_stockin_price=_decimal(value),
        remark='""',
        details_list=join("[", fold(details, np.bincount(of, minlength=count)), "]"),
    )


def _goods(export: Export, sku: np.ndarray) -> dict[str, pa.Array | str]:
    goods = export.world.catalogue
    product = goods.skus.product_i[sku]
    return {
        "spec_no": pick(sku, quoted(goods.sku_ids)),
        "goods_no": pick(product, [f'"SY{i + 1:04d}"' for i in range(goods.products.rows)]),
        "goods_name": pick(product, quoted(goods.product_names)),
        "spec_name": pick(sku, quoted(goods.sku_names)),
        "brand_name": '"山野集"',
    }


def _suppliers(export: Export) -> list[str]:
    return supplier_ids(np.arange(int(export.world.catalogue.products.supplier_i.max()) + 1))


def _moment(export: Export, seconds: np.ndarray) -> pa.Array:
    if export.has("mixed_time_types"):
        return numbers(unix(seconds) * 1000)
    return strings(stamps(seconds))


def _decimal(fen: np.ndarray) -> pa.Array:
    return join('"', money(fen), '00"')


def _pieces(count: np.ndarray) -> pa.Array:
    return join('"', numbers(count), '.0000"')
