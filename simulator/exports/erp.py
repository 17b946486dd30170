"""旺店通 stock: wms.StockSpec.search2 answers, one file a day; and one genuine .xls."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa

from simulator import names
from simulator.days import compact, export_moment
from simulator.exports.context import Export
from simulator.exports.jst_stock import write_jst_stock
from simulator.exports.pages import write_pages
from simulator.exports.stock_xls import write_stock_xls
from simulator.frame import Frame
from simulator.stock import Ledger, make_ledger, reserved
from simulator.text import join, json_objects, money, numbers, pick, quoted, stamps
from simulator.world import World

PAGE_SIZE = 100


def write(export: Export) -> Iterator[Path]:
    """A snapshot for every day of the span; of a history the second day also as .xls, the third also by 聚水潭."""
    ledger = make_ledger(export.world, export.until)
    for number in range(export.days):
        day = export.since + timedelta(days=number)
        at = export_moment(day)
        path = export.path("erp", "stock", f"stock_{day:%Y%m%d}", at, "jsonl")
        stock = snapshot(export.world, ledger, day)
        yield _write_pages(path, stock, at, export.world)
        if export.is_history and number == 1 and export.has("stock_xls"):
            yield write_stock_xls(path.with_name(f"库存导出_{compact(at)}.xls"), export.world, stock)
        if export.is_history and number == 2 and export.has("jst_files"):
            yield write_jst_stock(export, path.with_name(f"inventory_{compact(at)}.jsonl"), stock, at)


def snapshot(world: World, ledger: Ledger, day: date) -> Frame:
    """Stock at 02:00 after `day`, one row per sku and warehouse; sellable may be negative.

    Columns: sku, warehouse, on_hand, unpaid, to_review, to_ship, locked, coming_back, on_order, sellable.
    """
    number = world.number(day)
    bound = reserved(world, day)
    sku, warehouse = np.indices(ledger.on_hand[number].shape).reshape(2, -1)
    flat = Frame({name: column.reshape(-1) for name, column in bound.items()})
    on_hand = ledger.on_hand[number].reshape(-1)
    return Frame(
        sku=sku,
        warehouse=warehouse,
        on_hand=on_hand,
        on_order=ledger.on_order[number].reshape(-1),
        **flat,
        sellable=on_hand - flat.to_review - flat.to_ship - flat.locked,
    )


def _write_pages(path: Path, stock: Frame, at: int, world: World) -> Path:
    """search2 answers of PAGE_SIZE rows each, one a line; total_count is that of the whole query."""
    return write_pages(
        path,
        [_items(stock, at, world)],
        PAGE_SIZE,
        lambda _, __: f'{{"status":0,"message":"","data":{{"total_count":{stock.rows},"detail_list":[',
        "]}}",
        total=stock.rows,
    )


def _items(stock: Frame, at: int, world: World) -> pa.Array:
    goods = world.catalogue
    product = goods.skus.product_i[stock.sku]
    warehouses = names.WAREHOUSES

    return json_objects(
        rec_id=numbers(stock.sku * 10 + stock.warehouse + 1),
        spec_no=pick(stock.sku, quoted(goods.sku_ids)),
        spec_id=numbers(stock.sku + 1),
        goods_no=pick(product, [f'"SY{i + 1:04d}"' for i in range(goods.products.rows)]),
        goods_name=pick(product, quoted(goods.product_names)),
        spec_name=pick(stock.sku, quoted(goods.sku_names)),
        brand_name='"山野集"',
        barcode=pick(stock.sku, [f'"69{20_000_000_000 + i}"' for i in range(goods.skus.rows)]),
        warehouse_no=pick(stock.warehouse, quoted([w[0] for w in warehouses])),
        warehouse_id=numbers(stock.warehouse + 1),
        warehouse_name=pick(stock.warehouse, quoted([w[1] for w in warehouses])),
        warehouse_type="0",
        defect="false",
        stock_num=_pieces(stock.on_hand),
        available_send_stock=_pieces(stock.sellable),
        unpay_num=_pieces(stock.unpaid),
        subscribe_num="0",
        order_num=_pieces(stock.to_review),
        sending_num=_pieces(stock.to_ship),
        lock_num=_pieces(stock.locked),
        purchase_num=_pieces(stock.on_order),
        transfer_num="0",
        to_purchase_num="0",
        refund_onway_num=_pieces(stock.coming_back),
        cost_price=money(goods.skus.cost_fen[stock.sku]),
        unit_name='"件"',
        status="1",
        modified=pick(np.zeros(stock.rows, int), quoted([stamps(np.array([at]))[0].as_py()])),
    )


def _pieces(column: np.ndarray) -> pa.Array:
    """Numbers as the ERP gives them, Decimal(19,4)."""
    return join(numbers(column), ".0000")
