"""After-sales (售后): refunds before and after shipping, partial, late, withdrawn, re-applied, and exchanges."""

import numpy as np

from simulator import names
from simulator.days import DAY, HOUR
from simulator.frame import NONE, Frame, stack
from simulator.rng import stream

PRE_SHIP, SHIPPED_ONLY, RETURN, EXCHANGE = range(4)
KINDS = ("未发货退款", "已发货退款", "退货退款", "换货")
(CANCELLED, RETURNED, COMPENSATED, PARTIAL, WITHDRAWN, REAPPLIED, EXCHANGED, LATE) = range(1, 9)
FATE_RATES = {
    CANCELLED: 0.04,
    RETURNED: 0.07,
    COMPENSATED: 0.008,
    PARTIAL: 0.012,
    WITHDRAWN: 0.01,
    REAPPLIED: 0.006,
    EXCHANGED: 0.006,
    LATE: 0.012,
}
LONGEST_DAYS = 7
"""Every application is settled within this time."""


def make_after_sales(seed: int, day_start: int, orders: Frame, lines: Frame, category: np.ndarray) -> Frame:
    """The applications that a day's order lines will ever make, by time of application.

    Columns: line_i, kind, goods_fen, freight_fen, applied_at, agreed_at, returned_at, succeeded_at (refund or
    exchange), closed_at (withdrawn), fast, full, reason, after_sale_id. A line has at most one that succeeds.
    """
    draw = stream(seed, "after-sales", day_start // DAY)
    paid = orders.paid_at[lines.order_i]
    lean = np.array([row[5] for row in names.CATEGORIES])[category]
    edges = np.cumsum([FATE_RATES[f] for f in sorted(FATE_RATES)])
    luck = draw.random(lines.rows) / lean
    fate = np.where(paid == NONE, 0, np.where(luck < edges[-1], np.searchsorted(edges, luck) + 1, 0))
    parts = [
        _applications(draw, fate_number, np.flatnonzero(fate == fate_number), orders, lines)
        for fate_number in sorted(FATE_RATES)
    ]
    frame = stack(parts)
    frame = frame.take(np.lexsort((frame.line_i, frame.applied_at)))
    frame["after_sale_id"] = 1_400_000_000_000_000_000 + (day_start // DAY) * 10**11 + np.arange(frame.rows) * 1_003 + 1
    return frame


def _applications(draw: np.random.Generator, fate: int, line_i: np.ndarray, orders: Frame, lines: Frame) -> Frame:
    """The application rows of the lines that share one fate (two rows each for REAPPLIED)."""
    order = orders.take(lines.order_i[line_i])
    count = len(line_i)

    def hours(low: float, high: float) -> np.ndarray:
        return (draw.uniform(low, high, count) * HOUR).astype(np.int64)

    applied = order.signed_at + hours(2, 110)
    kind, fast = RETURN, np.zeros(count, bool)
    success = applied + hours(40, 150)
    if fate == CANCELLED:
        kind = PRE_SHIP
        applied = order.paid_at + (draw.uniform(0.02, 0.8, count) * (order.shipped_at - order.paid_at)).astype(np.int64)
        fast = draw.random(count) < 0.7
        limit = order.shipped_at - 60
        success = np.minimum(applied + np.where(fast, draw.integers(30, 300, count), hours(0.5, 20)), limit)
    elif fate in (COMPENSATED, PARTIAL):
        kind = SHIPPED_ONLY
        applied = order.shipped_at + hours(20, 140)
        success = applied + hours(1, 48)
    elif fate == EXCHANGED:
        kind = EXCHANGE
        success = applied + hours(90, 160)
    elif fate == LATE:
        applied = np.maximum(order.paid_at + hours(12 * 24, 24 * 24), order.signed_at + HOUR)
        success = applied + hours(40, 150)
    goods = lines.payable_fen[line_i] - lines.freight_fen[line_i]
    if fate == PARTIAL:
        goods = (goods * draw.uniform(0.2, 0.8, count)).astype(np.int64)
    row = Frame(
        line_i=line_i,
        kind=np.full(count, kind),
        goods_fen=np.zeros(count, np.int64) if fate == EXCHANGED else goods,
        freight_fen=lines.freight_fen[line_i] if fate == CANCELLED else np.zeros(count, np.int64),
        applied_at=applied,
        agreed_at=np.minimum(applied + hours(0.2, 10), success),
        returned_at=np.where(kind >= RETURN, applied + hours(12, 36), NONE),
        succeeded_at=success,
        closed_at=np.full(count, NONE),
        fast=fast,
        full=np.full(count, fate not in (PARTIAL, EXCHANGED)),
        reason=draw.integers(0, len(names.REASONS), count),
    )
    if fate not in (WITHDRAWN, REAPPLIED):
        return row
    first = Frame(
        row,
        succeeded_at=np.full(count, NONE),
        returned_at=np.full(count, NONE),
        agreed_at=np.full(count, NONE),
        closed_at=applied + hours(8, 70),
        full=np.zeros(count, bool),
    )
    if fate == WITHDRAWN:
        return first
    again = first.closed_at + hours(6, 60)
    second = Frame(
        row,
        applied_at=again,
        agreed_at=again + hours(0.2, 10),
        returned_at=again + hours(12, 36),
        succeeded_at=again + hours(40, 150),
    )
    return stack([first, second])


def settle_lines(orders: Frame, lines: Frame, after: Frame) -> Frame:
    """Adds to the lines what after-sales did to them.

    New columns: refund_fen, refunded_at, returned_at (goods back in stock), cancelled (never shipped), shipped_at,
    completed_at, closed_at: NONE where it never happens.
    """
    count = lines.rows
    refund, refunded, back, ended = (np.full(count, NONE) for _ in range(4))
    refund[:] = 0
    cancelled = np.zeros(count, bool)
    money = (after.succeeded_at != NONE) & (after.kind != EXCHANGE)
    refund[after.line_i[money]] = after.goods_fen[money] + after.freight_fen[money]
    refunded[after.line_i[money]] = after.succeeded_at[money]
    returned = money & (after.kind == RETURN)
    back[after.line_i[returned]] = after.succeeded_at[returned]
    whole = money & after.full
    ended[after.line_i[whole]] = after.succeeded_at[whole]
    cancelled[after.line_i[money & (after.kind == PRE_SHIP)]] = True
    completed = np.where(cancelled, NONE, orders.completed_at[lines.order_i])
    ended = np.where((ended != NONE) & ((completed == NONE) | (ended < completed)), ended, NONE)
    return Frame(
        lines,
        refund_fen=refund,
        refunded_at=refunded,
        returned_at=back,
        cancelled=cancelled,
        shipped_at=np.where(cancelled, NONE, orders.shipped_at[lines.order_i]),
        completed_at=np.where(ended == NONE, completed, NONE),
        closed_at=np.where(ended == NONE, orders.closed_at[lines.order_i], ended),
    )
