"""The shop's own lists: products and warehouses."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa

from simulator import names
from simulator.catalogue import ROLES
from simulator.csvfile import write_csv
from simulator.exports.context import Export
from simulator.text import TEXT, money, numbers, pick, stamps, where


def write(export: Export) -> Iterator[Path]:
    """products and warehouses, whole each time."""
    goods = export.world.catalogue
    skus, product = goods.skus, goods.products.take(goods.skus.product_i)
    yield write_csv(
        export.path("shop", "products", "products"),
        {
            "product_id": numbers(product.product_id),
            "sku_id": pick(np.arange(skus.rows), goods.sku_ids),
            "product_name": pick(skus.product_i, goods.product_names),
            "category": pick(product.category_i, [row[0] for row in names.CATEGORIES]),
            "category_tier": pick(product.category_i, [row[1] for row in names.CATEGORIES]),
            "role": pick(product.role_i, ROLES),
            "list_price_cny": money(skus.list_fen),
            "cost_cny": money(skus.cost_fen),
            "supplier_id": pick(product.supplier_i, [f"S{i + 1:03d}" for i in range(product.supplier_i.max() + 1)]),
            "listed_at": stamps(product.listed_at),
            "competitor_price_cny": where(skus.competitor_fen < 0, "", money(np.maximum(skus.competitor_fen, 0))),
            "exclusive": where(product.exclusive, "true", "false"),
        },
    )
    columns = zip(*[(w[0], w[1], w[2], w[3], str(w[4])) for w in names.WAREHOUSES], strict=True)
    header = ("warehouse_id", "warehouse_name", "province", "city", "daily_capacity")
    yield write_csv(
        export.path("shop", "warehouses", "warehouses"),
        {name: pa.array(list(column), TEXT) for name, column in zip(header, columns, strict=True)},
    )
