"""Stock (库存): opening + receipts - shipped + returns, and what is reserved, per sku and warehouse, at each export."""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from simulator import names
from simulator.aftersales import RETURN
from simulator.company.supply import suppliers
from simulator.days import DAY, EXPORT_HOUR, HOUR, start_of
from simulator.frame import NONE, Frame, stack
from simulator.rng import share, stream
from simulator.status import REVIEW_SECONDS, happened
from simulator.world import Cohort, World

MEAN_QUANTITY = 1.285
LONGEST_LEAD_DAYS = 40
COUNTED_ORDERS = 10_000_000


@dataclass(frozen=True)
class Ledger:
    """Arrays of (days, skus, warehouses), pieces: position k is the state at 02:00 after day k of the world.

    on_hand[k] = on_hand[k-1] + received[k] - shipped[k] + returned[k]; `opening` is on_hand before day 0. `purchases`
    are the goods ordered, which `received` is made of: sku, warehouse, quantity, ordered_day, promised_day,
    arrived_day (may lie after the last day), urgent; days count from the world's first.
    """

    opening: np.ndarray
    received: np.ndarray
    shipped: np.ndarray
    returned: np.ndarray
    on_hand: np.ndarray
    on_order: np.ndarray
    purchases: Frame


def make_ledger(world: World, until: date) -> Ledger:
    """The stock of every day from the world's first to `until`."""
    days = world.number(until) + 1
    shipped, returned = _moved(world, days)
    draw = stream(world.seed, "stock")
    expected = np.maximum(
        world.orders_per_day * MEAN_QUANTITY * np.outer(world.catalogue.skus.weight, [w[5] for w in names.WAREHOUSES]),
        0.05,
    )
    skus = world.catalogue.skus.rows
    maker = suppliers(world)
    made_by = world.catalogue.products.supplier_i[world.catalogue.skus.product_i]
    lead = maker.lead_days[made_by]
    opening = np.ceil(expected * (lead[:, None] * draw.uniform(0.5, 1.5, expected.shape) + 5)).astype(np.int64)
    # Some goods are reordered too late (缺货风险): they run down to nothing before the delivery.
    trigger = np.where(draw.random(skus) < 0.12, 2, lead + 3)[:, None] * expected
    batch = np.ceil(expected * draw.uniform(10, 18, skus)[:, None]).astype(np.int64)
    received, on_hand, on_order = (np.zeros((days, *expected.shape), np.int64) for _ in range(3))
    arriving = np.zeros((days + LONGEST_LEAD_DAYS, *expected.shape), np.int64)
    stock, ordered = opening.copy(), np.zeros_like(opening)
    purchases = []
    for day in range(days):
        arrived = arriving[day]
        ordered -= arrived
        # What leaves beyond the stock was brought in the same day from elsewhere (紧急调入).
        urgent = np.maximum(0, shipped[day] - returned[day] - stock - arrived)
        received[day] = arrived + urgent
        stock = stock + received[day] - shipped[day] + returned[day]
        order = np.where(stock + ordered < trigger, batch, 0)
        ordered += order
        sku, warehouse = np.nonzero(order)
        promised = day + lead[sku]
        arrival = promised + _delay_days(world.seed, day, sku, warehouse, maker.bad[made_by[sku]])
        np.add.at(arriving, (arrival, sku, warehouse), order[sku, warehouse])
        purchases.append(_purchases(sku, warehouse, order, day, promised, arrival, False))
        sku, warehouse = np.nonzero(urgent)
        today = np.full(len(sku), day)
        purchases.append(_purchases(sku, warehouse, urgent, day, today, today, True))
        on_hand[day], on_order[day] = stock, ordered
    return Ledger(opening, received, shipped, returned, on_hand, on_order, stack(purchases))


def _delay_days(seed: int, day: int, sku: np.ndarray, warehouse: np.ndarray, bad: np.ndarray) -> np.ndarray:
    """Days beyond the promise: sometimes up to three, of bad suppliers often and up to five."""
    key = (day * 10_000 + sku) * 10 + warehouse
    late = share(key, seed, "purchase late") < np.where(bad, 0.5, 0.15)
    return np.where(late, 1 + (share(key, seed, "purchase delay") * np.where(bad, 5, 3)).astype(np.int64), 0)


def _purchases(sku, warehouse, quantity, day: int, promised, arrival, urgent: bool) -> Frame:
    return Frame(
        sku=sku,
        warehouse=warehouse,
        quantity=quantity[sku, warehouse],
        ordered_day=np.full(len(sku), day),
        promised_day=promised,
        arrived_day=arrival,
        urgent=np.full(len(sku), urgent),
    )


def reserved(world: World, until: date) -> Frame:
    """Pieces bound at 02:00 after `until`: unpaid, to_review, to_ship, coming_back, locked; each (skus, warehouses)."""
    at = start_of(until) + DAY + EXPORT_HOUR * HOUR
    shape = (world.catalogue.skus.rows, len(names.WAREHOUSES))
    total = Frame({name: np.zeros(shape, np.int64) for name in ("unpaid", "to_review", "to_ship", "coming_back")})
    # the orders of the hours since midnight bind pieces too
    for piece in world.pieces(world.first_day, until + timedelta(days=1), orders=COUNTED_ORDERS):
        lines, warehouse = piece.lines, piece.orders.warehouse[piece.lines.order_i]
        for name, mask in _bound(piece, at).items():
            total[name] += _pieces(lines.sku[mask], warehouse[mask], lines.quantity[mask], shape)
    lock = stream(world.seed, "lock", start_of(until) // DAY).random(shape)
    return Frame(total, locked=np.where(lock < 0.02, 2, 0))


def _bound(cohort: Cohort, at: int) -> dict[str, np.ndarray]:
    """The masks of lines that are bound in each way at `at`."""
    lines, order = cohort.lines, cohort.orders.take(cohort.lines.order_i)
    paid = happened(order.paid_at, at)
    open_ = (order.ordered_at <= at) & ~happened(lines.closed_at, at)
    waiting = paid & open_ & ~happened(lines.shipped_at, at)
    case = cohort.after_sales
    returning = np.zeros(lines.rows, bool)
    back = (case.kind == RETURN) & happened(case.agreed_at, at) & (case.succeeded_at > at)
    returning[case.line_i[back]] = True
    reviewed = order.paid_at + REVIEW_SECONDS <= at
    return {
        "unpaid": ~paid & open_,
        "to_review": waiting & ~reviewed,
        "to_ship": waiting & reviewed,
        "coming_back": returning,
    }


def _pieces(sku: np.ndarray, warehouse: np.ndarray, quantity: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    cells = np.bincount(sku * shape[1] + warehouse, quantity, shape[0] * shape[1])
    return cells.round().astype(np.int64).reshape(shape)


def _moved(world: World, days: int) -> tuple[np.ndarray, np.ndarray]:
    """(pieces shipped, pieces that came back), each (days, skus, warehouses), by the first export that sees the move."""
    shape = (world.catalogue.skus.rows, len(names.WAREHOUSES))
    first_export = start_of(world.first_day) + DAY + EXPORT_HOUR * HOUR
    total = {name: np.zeros((days, *shape), np.int64) for name in ("shipped_at", "returned_at")}
    last = world.first_day + timedelta(days=days)  # whose first hours are before the last export
    for piece in world.pieces(world.first_day, last, orders=COUNTED_ORDERS):
        lines, warehouse = piece.lines, piece.orders.warehouse[piece.lines.order_i]
        for name, moved in total.items():
            when = lines[name]
            day = np.maximum(0, -((first_export - when) // DAY))
            rows = np.flatnonzero((when != NONE) & (day < days))
            cell = (day[rows] * shape[0] + lines.sku[rows]) * shape[1] + warehouse[rows]
            counted = np.bincount(cell, lines.quantity[rows], days * shape[0] * shape[1])
            moved += counted.round().astype(np.int64).reshape(moved.shape)
    return total["shipped_at"], total["returned_at"]
