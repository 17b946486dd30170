"""The year's plan: GMV targets (目标), shares of categories, promotions (大促) and industry figures (行业均值)."""

from datetime import date
from typing import NamedTuple

import numpy as np

from simulator import names
from simulator.rng import stream

QUARTER_SHARES = (21, 24, 23, 32)
BASELINE = "0.85"
# name, month and day of its first and last day, uplift in hundredths
_CALENDAR = (
    ("年货节", (1, 10), (1, 25), 150),
    ("三八女神节", (3, 5), (3, 8), 170),
    ("618大促", (5, 31), (6, 20), 190),
    ("99划算节", (9, 7), (9, 10), 140),
    ("中秋国庆好物节", (9, 28), (10, 8), 125),
    ("双11大促", (10, 24), (11, 11), 230),
    ("双12", (12, 10), (12, 12), 160),
)
METRICS = {
    "gpm": (420, 1400),
    "conversion_rate": (0.012, 0.05),
    "product_ctr": (0.06, 0.16),
    "interaction_rate": (0.03, 0.1),
    "avg_watch_seconds": (55, 160),
}


class Target(NamedTuple):
    """A target; quarter 0 = the whole year, category "" = all."""

    year: int
    quarter: int
    category: str
    fen: int


class Promotion(NamedTuple):
    """A promotion; `uplift` in hundredths of an ordinary day's GMV."""

    promotion_id: str
    name: str
    starts_on: date
    ends_on: date
    uplift: int


def years(world) -> range:
    """The years that the world touches."""
    return range(world.first_day.year, world.last_day.year + 1)


def _category_fen(world) -> np.ndarray:
    """What a year of the company's ordinary days brings in each category, about, in fen."""
    skus = world.catalogue.skus
    category = world.catalogue.products.category_i[skus.product_i]
    line = np.bincount(category, skus.weight * skus.list_fen, len(names.CATEGORIES))
    return line * world.orders_per_day * 365


def targets(world) -> list[Target]:
    """By category and quarter, and their sums: quarters add up to their year, categories to the whole, to the cent."""
    found = []
    for year in years(world):
        draw = stream(world.seed, "targets", year)
        wanted = _category_fen(world) * draw.uniform(1.05, 1.3, len(names.CATEGORIES))
        quarters = np.round(wanted[:, None] * np.array(QUARTER_SHARES) / 100 / 1_000_000).astype(np.int64) * 1_000_000
        quarters = np.maximum(quarters, 1_000_000)
        for number, row in enumerate([*quarters, quarters.sum(0)]):
            category = names.CATEGORIES[number][0] if number < len(names.CATEGORIES) else ""
            found += [Target(year, quarter, category, int(fen)) for quarter, fen in enumerate(row, start=1)]
            found.append(Target(year, 0, category, int(row.sum())))
    return found


def category_shares(world) -> list[tuple[int, str, int]]:
    """(year, tier, planned share in hundredths), 100 a year."""
    found = []
    for year in years(world):
        core = 55 + int(stream(world.seed, "category shares", year).integers(0, 10))
        found += [(year, "core", core), (year, "potential", 85 - core), (year, "other", 15)]
    return found


def promotions(world) -> list[Promotion]:
    """The calendar of every year, with an uplift that differs a little from year to year."""
    found = []
    for year in years(world):
        draw = stream(world.seed, "promotions", year)
        for number, (name, first, last, uplift) in enumerate(_CALENDAR, start=1):
            moved = uplift + int(draw.integers(-15, 16))
            found.append(
                Promotion(f"PR{year}{number:02d}", f"{year}{name}", date(year, *first), date(year, *last), moved)
            )
    return found


def benchmarks(world, until: date) -> list[tuple[str, str, str, str, str]]:
    """(YYYY-MM, category, metric, value, source) of the months from the one before the world to that of `until`."""
    found = []
    first = world.first_day.year * 12 + world.first_day.month - 2
    for month in range(first, until.year * 12 + until.month):
        word = f"{month // 12}-{month % 12 + 1:02d}"
        draw = stream(world.seed, "benchmarks", month)
        for category in names.CATEGORIES:
            for metric, (low, high) in METRICS.items():
                value = draw.uniform(low, high)
                found.append(
                    (word, category[0], metric, f"{value:.4f}" if high < 1 else f"{value:.1f}", "行业服务商月报")
                )
    return found
