"""聚水潭 inventory/query answers: stock of the whole company by article, whose times sometimes lack the space."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from simulator.exports.context import Export
from simulator.exports.pages import write_pages
from simulator.frame import Frame
from simulator.rng import part
from simulator.text import join, json_objects, numbers, pick, quoted, stamps, strings, where

PAGE_SIZE = 100


def write_jst_stock(export: Export, path: Path, stock: Frame, at: int) -> Path:
    """The snapshot summed over the warehouses; pages count from 1."""
    items = _items(export, stock, at)
    last = -(-len(items) // PAGE_SIZE)
    return write_pages(
        path,
        [items],
        PAGE_SIZE,
        lambda page, pages: join(
            '{"code":0,"msg":"执行成功","data":{"page_index":',
            page,
            f',"page_size":{PAGE_SIZE},"data_count":{len(items)},"page_count":{pages},"has_next":',
            where(np.array(page.to_pylist()) == str(last), "false", "true"),
            ',"inventorys":[',
        ),
        "]}}",
        total=len(items),
        first_page=1,
    )


def _items(export: Export, stock: Frame, at: int) -> pa.Array:
    goods = export.world.catalogue
    sku = np.arange(goods.skus.rows)

    def summed(column: np.ndarray) -> np.ndarray:
        return np.bincount(stock.sku, column, len(sku)).round().astype(np.int64)

    product = goods.skus.product_i
    moved = stamps(at - 3600 - part(sku, export.world.seed, "jst modified", 20 * 3600))
    # Some of the interface's times stand without the blank between date and hour.
    bare = (sku % 5 == 0) & export.has("jst_missing_space")
    return json_objects(
        sku_id=pick(sku, quoted(goods.sku_ids)),
        i_id=pick(product, [f'"SY{i + 1:04d}"' for i in range(goods.products.rows)]),
        name=pick(product, quoted(goods.product_names)),
        qty=numbers(summed(stock.on_hand)),
        order_lock=numbers(summed(stock.to_review + stock.to_ship + stock.locked)),
        pick_lock=numbers(summed(stock.to_ship)),
        virtual_qty="0",
        purchase_qty=numbers(summed(stock.on_order)),
        return_qty="0",
        in_qty="0",
        defective_qty="0",
        min_qty="null",
        max_qty="null",
        modified=strings(where(bare, pc.replace_substring(moved, " ", ""), moved)),
        ts=numbers(10_000_000 + sku),
    )
