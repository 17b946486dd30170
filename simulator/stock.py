"""Stock (库存): opening + receipts - shipped + returns, and what is reserved, per sku and warehouse, at each export."""

from dataclasses import dataclass
from datetime import date

import numpy as np

from simulator import names
from simulator.aftersales import RETURN
from simulator.days import DAY, EXPORT_HOUR, HOUR, start_of
from simulator.frame import NONE, Frame
from simulator.rng import stream
from simulator.status import REVIEW_SECONDS
from simulator.world import World

MEAN_QUANTITY = 1.285


@dataclass(frozen=True)
class Ledger:
    """Arrays of (days, skus, warehouses), pieces: position k is the state at 02:00 after day k of the world.

    on_hand[k] = on_hand[k-1] + received[k] - shipped[k] + returned[k]; `opening` is on_hand before day 0.
    """

    opening: np.ndarray
    received: np.ndarray
    shipped: np.ndarray
    returned: np.ndarray
    on_hand: np.ndarray
    on_order: np.ndarray


def make_ledger(world: World, until: date) -> Ledger:
    """The stock of every day from the world's first to `until`."""
    days = world.number(until) + 1
    cohort = world.span(world.first_day, until)
    lines = cohort.lines
    warehouse = cohort.orders.warehouse[lines.order_i]
    shipped = _by_day(world, days, lines.shipped_at, lines, warehouse)
    returned = _by_day(world, days, lines.returned_at, lines, warehouse)
    draw = stream(world.seed, "stock")
    expected = np.maximum(
        world.orders_per_day * MEAN_QUANTITY * np.outer(world.catalogue.skus.weight, [w[5] for w in names.WAREHOUSES]),
        0.05,
    )
    skus = world.catalogue.skus.rows
    opening = np.ceil(expected * draw.uniform(5, 25, expected.shape)).astype(np.int64)
    lead = draw.integers(3, 11, skus)
    # Some goods are reordered too late (缺货风险): they run down to nothing before the delivery.
    trigger = np.where(draw.random(skus) < 0.12, 2, 12)[:, None] * expected
    batch = np.ceil(expected * draw.uniform(10, 18, skus)[:, None]).astype(np.int64)
    received, on_hand, on_order = (np.zeros((days, *expected.shape), np.int64) for _ in range(3))
    arriving = np.zeros((days + 12, *expected.shape), np.int64)
    stock, ordered = opening.copy(), np.zeros_like(opening)
    for day in range(days):
        arrived = arriving[day]
        ordered -= arrived
        # What leaves beyond the stock was brought in the same day from elsewhere (紧急调入).
        urgent = np.maximum(0, shipped[day] - returned[day] - stock - arrived)
        received[day] = arrived + urgent
        stock = stock + received[day] - shipped[day] + returned[day]
        order = np.where(stock + ordered < trigger, batch, 0)
        ordered += order
        np.add.at(arriving, (day + lead, np.arange(skus)), order)
        on_hand[day], on_order[day] = stock, ordered
    return Ledger(opening, received, shipped, returned, on_hand, on_order)


def reserved(world: World, until: date) -> Frame:
    """Pieces bound at 02:00 after `until`: unpaid, to_review, to_ship, coming_back, locked; each (skus, warehouses)."""
    at = start_of(until) + DAY + EXPORT_HOUR * HOUR
    cohort = world.span(world.first_day, until)
    lines, order = cohort.lines, cohort.orders.take(cohort.lines.order_i)
    paid = (order.paid_at != NONE) & (order.paid_at <= at)
    open_ = (order.ordered_at <= at) & ~((lines.closed_at != NONE) & (lines.closed_at <= at))
    waiting = paid & open_ & ~((lines.shipped_at != NONE) & (lines.shipped_at <= at))
    case = cohort.after_sales
    returning = np.zeros(lines.rows, bool)
    back = (case.kind == RETURN) & (case.agreed_at != NONE) & (case.agreed_at <= at) & (case.succeeded_at > at)
    returning[case.line_i[back]] = True

    def pieces(mask: np.ndarray) -> np.ndarray:
        total = np.zeros((world.catalogue.skus.rows, len(names.WAREHOUSES)), np.int64)
        np.add.at(total, (lines.sku[mask], order.warehouse[mask]), lines.quantity[mask])
        return total

    lock = stream(world.seed, "lock", start_of(until) // DAY).random((world.catalogue.skus.rows, len(names.WAREHOUSES)))
    return Frame(
        unpaid=pieces(~paid & open_),
        to_review=pieces(waiting & (order.paid_at + REVIEW_SECONDS > at)),
        to_ship=pieces(waiting & (order.paid_at + REVIEW_SECONDS <= at)),
        coming_back=pieces(returning),
        locked=np.where(lock < 0.02, 2, 0),
    )


def _by_day(world: World, days: int, when: np.ndarray, lines: Frame, warehouse: np.ndarray) -> np.ndarray:
    """Pieces moved, by the first export that sees the move."""
    total = np.zeros((days, world.catalogue.skus.rows, len(names.WAREHOUSES)), np.int64)
    first_export = start_of(world.first_day) + DAY + EXPORT_HOUR * HOUR
    rows = np.flatnonzero(when != NONE)
    day = np.maximum(0, -((first_export - when[rows]) // DAY))
    keep = day < days
    np.add.at(total, (day[keep], lines.sku[rows[keep]], warehouse[rows[keep]]), lines.quantity[rows[keep]])
    return total
