"""Purchase orders (采购单) and their receipts (采购入库), from the stock ledger: every piece received was ordered."""

from dataclasses import dataclass
from datetime import date

import numpy as np

from simulator.days import DAY, HOUR, start_of
from simulator.frame import NONE, Frame
from simulator.rng import part, share
from simulator.stock import Ledger
from simulator.world import World

SPLIT_SHARE = 0.2
"""Of the receipts, the share that comes in two lorries (two stock-in documents) on one day."""


@dataclass(frozen=True)
class Purchasing:
    """Orders of one day, supplier and warehouse; each line one sku; each receipt a part of a line.

    orders: supplier, warehouse, created_at, urgent. lines: order_i, sku, quantity, promised_at, arrived_at (of the
    ledger's day, also beyond the export). receipts: line_i, quantity, received_at, lorry (0 or 1).
    """

    orders: Frame
    lines: Frame
    receipts: Frame


def make_purchasing(world: World, ledger: Ledger) -> Purchasing:
    """The purchases behind the ledger, oldest first."""
    rows = ledger.purchases
    supplier = world.catalogue.products.supplier_i[world.catalogue.skus.product_i[rows.sku]]
    keys = np.stack([rows.ordered_day, rows.urgent.astype(np.int64), supplier, rows.warehouse])
    found, order_i = np.unique(keys, axis=1, return_inverse=True)
    order_i = order_i.reshape(-1)
    by_order = np.lexsort((rows.sku, order_i))
    rows, order_i = rows.take(by_order), order_i[by_order]
    opening = start_of(world.first_day)
    number = np.arange(found.shape[1])
    orders = Frame(
        supplier=found[2],
        warehouse=found[3],
        created_at=opening + found[0] * DAY + 9 * HOUR + part(number, world.seed, "purchase time", 2 * HOUR),
        urgent=found[1] == 1,
    )
    hour = np.where(rows.urgent, 13 * HOUR, 14 * HOUR + part(np.arange(rows.rows), world.seed, "arrival", 3 * HOUR))
    lines = Frame(
        order_i=order_i,
        sku=rows.sku,
        quantity=rows.quantity,
        promised_at=opening + rows.promised_day * DAY + 18 * HOUR,
        arrived_at=opening + rows.arrived_day * DAY + hour,
    )
    return Purchasing(orders, lines, _receipts(world, lines))


def _receipts(world: World, lines: Frame) -> Frame:
    """The lines as they come in: most at once, some in two parts."""
    key = lines.order_i * 10_000 + lines.sku
    split = (share(key, world.seed, "two lorries") < SPLIT_SHARE) & (lines.quantity > 1)
    line_i = np.repeat(np.arange(lines.rows), 1 + split)
    second = np.zeros(len(line_i), bool)
    second[1:] = line_i[1:] == line_i[:-1]
    half = np.where(split, lines.quantity // 2, 0)[line_i]
    quantity = np.where(second, half, lines.quantity[line_i] - half)
    received = lines.arrived_at[line_i] + np.where(second, HOUR, 0)
    return Frame(line_i=line_i, quantity=quantity, received_at=received, lorry=second.astype(np.int64))


def received_by(buying: Purchasing, at: int) -> np.ndarray:
    """The pieces of each line that have come in by `at`."""
    got = buying.receipts.take(buying.receipts.received_at <= at)
    return np.bincount(got.line_i, got.quantity, buying.lines.rows).round().astype(np.int64)


def last_change(buying: Purchasing, at: int) -> np.ndarray:
    """The newest moment of each order not after `at` (NONE for those not made yet)."""
    newest = np.where(buying.orders.created_at <= at, buying.orders.created_at, NONE)
    got = buying.receipts.take(buying.receipts.received_at <= at)
    np.maximum.at(newest, buying.lines.order_i[got.line_i], got.received_at)
    return newest


def order_numbers(world: World, orders: Frame) -> np.ndarray:
    """A number of its own for every order: the day and a count within it."""
    day = (orders.created_at - start_of(world.first_day)) // DAY
    nth = np.arange(orders.rows) - np.searchsorted(day, day)
    first = (world.first_day - date(2020, 1, 1)).days
    return (first + day) * 10_000 + nth + 1
