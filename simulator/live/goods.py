"""The goods of a session: which product is being explained (讲解) when, and what each product on the list brought."""

import numpy as np

from simulator.frame import NONE, Frame
from simulator.live.sessions import MINUTE
from simulator.rng import share
from simulator.world import World

BLOCK_MINUTES = 5
LISTED_SHARE = 0.25
"""Of all products, the share that is on a session's list (小黄车) whether it sells or not."""


def explained_products(world: World, held: Frame, minutes: Frame, ordered: Frame) -> np.ndarray:
    """product_i explained in each minute, in turns of five minutes; NONE while the stream is broken.

    It is the one whose orders stand out most in that turn against its own share of the session, so that orders really
    rise while their product is explained.
    """
    products = world.catalogue.products.rows
    turn = (minutes.minute_at - held.starts_at[minutes.session_i]) // (BLOCK_MINUTES * MINUTE)
    turn_key = minutes.session_i * 1000 + np.maximum(turn, 0)
    keys, turn_i = np.unique(turn_key, return_inverse=True)
    sold = _table(turn_i[ordered.minute_i], ordered.product_i, len(keys), products)
    session_of_turn = keys // 1000
    whole = _table(ordered.session_i, ordered.product_i, held.rows, products)
    listed = _listed(world, held, whole)[session_of_turn]
    noise = share(np.arange(len(keys))[:, None] * products + np.arange(products), world.seed, "explained")
    score = (sold + 0.2 * noise) / (whole[session_of_turn] + 3.0)
    chosen = np.where(listed, score, -1.0).argmax(1)
    return np.where(minutes.broken, NONE, chosen[turn_i])


def session_products(world: World, held: Frame, minutes: Frame, ordered: Frame) -> Frame:
    """One row per session and listed product, in the order in which they were put on the list.

    Columns: session_i, product_i, position (from 1), explained_minutes, exposures, clicks, paid_orders (orders with
    the product), pieces, gmv_fen, user_paid_fen, buyers. gmv and pieces of a session's products add up to the session,
    and so do exposures and clicks.
    """
    products = world.catalogue.products.rows
    paid = ordered.take(ordered.paid_minute_i != NONE)
    shape = (held.rows, products)

    def summed(values: np.ndarray) -> np.ndarray:
        return _table(paid.session_i, paid.product_i, *shape, values)

    def distinct(ids: np.ndarray) -> np.ndarray:
        """How many different ids each session and product has."""
        _, number = np.unique(ids, return_inverse=True)
        cell = paid.session_i * products + paid.product_i
        pairs = np.unique(np.stack([cell, number.reshape(-1)]), axis=1)[0] if paid.rows else cell
        return np.bincount(pairs, minlength=held.rows * products).reshape(shape)

    orders, listed = distinct(paid.order_id), _listed(world, held, _table(ordered.session_i, ordered.product_i, *shape))
    shown = np.flatnonzero(minutes.product_i != NONE)
    explained = _table(minutes.session_i[shown], minutes.product_i[shown], *shape)
    clicks = np.bincount(minutes.session_i, minutes.product_clicks, held.rows)
    exposures = np.bincount(minutes.session_i, minutes.product_exposures, held.rows)
    weight = listed * (1.0 + explained + 2 * orders)
    clicked = orders + _shared(clicks - orders.sum(1), weight)
    session_i, product_i = np.nonzero(listed)
    place = np.argsort(share(session_i * 1000 + product_i, world.seed, "position") + 10 * session_i, kind="stable")
    session_i, product_i = session_i[place], product_i[place]
    cell = (session_i, product_i)
    starts = np.searchsorted(session_i, np.arange(held.rows))
    return Frame(
        session_i=session_i,
        product_i=product_i,
        position=np.arange(len(session_i)) - starts[session_i] + 1,
        explained_minutes=explained[cell],
        exposures=(clicked + _shared(exposures - clicks, weight))[cell],
        clicks=clicked[cell],
        paid_orders=orders[cell],
        pieces=summed(paid.quantity)[cell],
        gmv_fen=summed(paid.gmv_fen)[cell],
        user_paid_fen=summed(paid.user_paid_fen)[cell],
        buyers=distinct(paid.person)[cell],
    )


def _listed(world: World, held: Frame, sold: np.ndarray) -> np.ndarray:
    """Sessions x products: what sold was on the list, and a quarter of the rest."""
    key = held.session_id[:, None] + np.arange(world.catalogue.products.rows)
    return (sold > 0) | (share(key, world.seed, "listed") < LISTED_SHARE)


def _table(
    row: np.ndarray, column: np.ndarray, rows: int, columns: int, values: np.ndarray | None = None
) -> np.ndarray:
    """Counts (or sums of values) by (row, column)."""
    return np.bincount(row * columns + column, values, rows * columns).astype(np.int64).reshape(rows, columns)


def _shared(total: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Each row's total in whole numbers over its columns by weight; every row adds up to its total."""
    edges = np.cumsum(weight, axis=1)
    edges = np.floor(total[:, None] * edges / np.maximum(edges[:, -1:], 1e-9) + 1e-6).astype(np.int64)
    return np.diff(edges, axis=1, prepend=0)
