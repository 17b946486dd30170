"""Competitors (竞品): their sessions and their prices, as an observation service sees them."""

import numpy as np

from simulator import names
from simulator.days import DAY, HOUR
from simulator.frame import NONE, Frame
from simulator.rng import mix, part, share

COMPETITORS = ("C01", "C02", "C03", "C04", "C05")
CATEGORY = (0, 0, 1, 2, 3)
"""Each competitor's main category (names.CATEGORIES)."""
_STRENGTH = np.array([1.4, 0.7, 1.1, 0.9, 0.5])
SLOTS = 2
PRICE_EVERY = 3
RIVALS_A_PRODUCT = 3


def sessions_of_days(seed: int, first: int, last: int) -> Frame:
    """Their sessions that start on first..last (days since 1970), by start.

    Columns: competitor, session_id, started_at, ended_at, category, viewers, watch_seconds, interactions, orders (NONE =
    not observed), gmv_fen (NONE = not observed).
    """
    day, who, slot = (
        a.reshape(-1)
        for a in np.meshgrid(np.arange(first, last + 1), range(len(COMPETITORS)), range(SLOTS), indexing="ij")
    )
    key = (day * 100 + who) * 10 + slot

    def drawn(salt: str) -> np.ndarray:
        return share(key, seed, "rival " + salt)

    held = drawn("held") < np.where(slot == 1, 0.85, 0.4)
    started = day * DAY + np.where(slot == 1, 19, 9) * HOUR + (drawn("start") * 2 * HOUR).astype(np.int64)
    viewers = (_STRENGTH[who] * 12_000 * (0.4 + drawn("viewers") ** 2 * 3)).astype(np.int64)
    orders = (viewers * (0.008 + 0.02 * drawn("orders"))).astype(np.int64)
    hidden = drawn("hidden") < 0.06
    low, high = np.array([[row[3], row[4]] for row in names.CATEGORIES]).T
    category = np.array(CATEGORY)[who]
    value = (low + (high - low) * 0.25)[category] * 100 * (0.7 + 0.6 * drawn("value"))
    return Frame(
        competitor=who,
        session_id=mix(key, seed, "rival session") >> np.uint64(8),
        started_at=started,
        ended_at=started + (2 * HOUR + drawn("length") * 3 * HOUR).astype(np.int64),
        category=category,
        viewers=viewers,
        watch_seconds=(40 + drawn("watch") * 120).astype(np.int64),
        interactions=(viewers * (0.02 + 0.1 * drawn("talk"))).astype(np.int64),
        orders=np.where(hidden, NONE, orders),
        gmv_fen=np.where(hidden, NONE, (orders * value).astype(np.int64)),
    ).take(held)


def prices_of_days(world, first: int, last: int) -> Frame:
    """Prices seen on first..last: a third of the products a day, some competitors each: product_i, competitor, seen_at,
    price_fen. A competitor's price keeps its distance to ours and drops by a tenth now and then for some days."""
    goods, seed = world.catalogue, world.seed
    count = goods.products.rows
    ours = np.full(count, np.iinfo(np.int64).max)
    np.minimum.at(ours, goods.skus.product_i, goods.skus.list_fen)
    day, product, nth = (
        a.reshape(-1)
        for a in np.meshgrid(np.arange(first, last + 1), np.arange(count), range(RIVALS_A_PRODUCT), indexing="ij")
    )
    seen = (product + day) % PRICE_EVERY == 0
    day, product, nth = day[seen], product[seen], nth[seen]
    rival = (part(product, seed, "rivals of", len(COMPETITORS)) + nth) % len(COMPETITORS)
    pair = product * 10 + rival
    level = 0.88 + 0.3 * share(pair, seed, "rival price")
    level = level * np.where(share(pair * 10_000 + day // 5, seed, "rival drop") < 0.12, 0.9, 1.0)
    return Frame(
        product_i=product,
        competitor=rival,
        seen_at=day * DAY + 11 * HOUR + part(pair + day, seed, "seen at", 6 * HOUR),
        price_fen=(ours[product] * level).astype(np.int64) // 10 * 10,
    )
