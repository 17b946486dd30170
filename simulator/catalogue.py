"""Products, skus and warehouses of the synthetic company."""

from dataclasses import dataclass

import numpy as np

from simulator import names
from simulator.days import DAY, start_of
from simulator.frame import Frame
from simulator.rng import stream

PRODUCTS = 120
SUPPLIERS = 20


@dataclass(frozen=True)
class Catalogue:
    """`products` and `skus` as frames of indices and fen; the text lists are indexed by them.

    skus: product_i, list_fen, cost_fen, competitor_fen (NONE = unknown), weight (sales share, sums to 1).
    products: product_id, category_i, role_i, supplier_i, listed_at (wall seconds), exclusive.
    """

    products: Frame
    skus: Frame
    product_names: list[str]
    sku_ids: list[str]
    sku_names: list[str]


ROLES = ("traffic", "profit", "welfare")


def make_catalogue(seed: int, first_day) -> Catalogue:
    """About 300 skus in 120 products; prices end in .90, popularity falls like a power law."""
    draw = stream(seed, "catalogue")
    weights = np.array([row[2] for row in names.CATEGORIES], float)
    category = np.sort(draw.choice(len(names.CATEGORIES), PRODUCTS, p=weights / weights.sum()))
    role = draw.choice(3, PRODUCTS, p=[0.3, 0.5, 0.2])
    low = np.array([row[3] for row in names.CATEGORIES])[category]
    high = np.array([row[4] for row in names.CATEGORIES])[category]
    # Traffic goods (引流款) sit at the low end of their category, profit goods (利润款) higher.
    level = np.where(role == 0, draw.beta(1, 6, PRODUCTS), draw.beta(1.6, 2.5, PRODUCTS))
    yuan = np.floor(low + (high - low) * level).astype(np.int64)
    products = Frame(
        product_id=3_600_000_000_000_000_000 + np.arange(PRODUCTS) * 7_919_000_013 + 1_234_567,
        category_i=category,
        role_i=role,
        supplier_i=draw.integers(0, SUPPLIERS, PRODUCTS),
        listed_at=start_of(first_day) - draw.integers(30, 400, PRODUCTS) * DAY + 10 * 3600,
        exclusive=draw.random(PRODUCTS) < 0.15,
    )
    per_product = draw.integers(1, 5, PRODUCTS)
    product_i = np.repeat(np.arange(PRODUCTS), per_product)
    nth = np.arange(len(product_i)) - np.repeat(np.cumsum(per_product) - per_product, per_product)
    list_fen = (yuan[product_i] + nth * draw.integers(0, 12, len(product_i))) * 100 + 90
    cost = (list_fen * np.where(role[product_i] == 1, 0.38, 0.6) * draw.uniform(0.85, 1.15, len(product_i))).astype(int)
    rival = (list_fen * draw.uniform(0.9, 1.15, len(product_i))).astype(np.int64)
    popularity = 1.0 / (draw.permutation(len(product_i)) + 3.0) ** 0.8
    skus = Frame(
        product_i=product_i,
        list_fen=list_fen.astype(np.int64),
        cost_fen=cost.astype(np.int64),
        competitor_fen=np.where(draw.random(len(product_i)) < 0.4, -1, rival),
        weight=popularity / popularity.sum(),
        platform_sku_id=1_780_000_000_000_000 + np.arange(len(product_i)) * 10_007 + 11,
    )
    return Catalogue(
        products=products,
        skus=skus,
        product_names=[_product_name(i, c) for i, c in enumerate(category)],
        sku_ids=[f"SY{p + 1:04d}-{n + 1:02d}" for p, n in zip(product_i, nth, strict=True)],
        sku_names=[names.SPECS[(p + n) % len(names.SPECS)] for p, n in zip(product_i, nth, strict=True)],
    )


def _product_name(index: int, category_i: int) -> str:
    """A name unlike the others; some hold a comma, which a CSV must quote."""
    goods = names.GOODS[names.CATEGORIES[category_i][0]]
    name = f"{names.ADJECTIVES[index % len(names.ADJECTIVES)]}{goods[index % len(goods)]} {chr(65 + index % 26)}{index}"
    return f"{name}, 2件装" if index % 17 == 3 else name
