"""What an order line, an order and an after-sales case look like at a given moment."""

import numpy as np

from simulator.aftersales import EXCHANGE, PRE_SHIP, RETURN
from simulator.days import HOUR
from simulator.frame import NONE, Frame

UNPAID, TO_SHIP, PREPARING, SHIPPED, COMPLETED, CLOSED = range(6)
REVIEW_SECONDS = 6 * HOUR
"""A paid order waits this long for the shop's review (待审核) before it is prepared (备货中)."""
LINE_STATUS = ("待支付", "待发货", "备货中", "已发货", "已完成", "已关闭")
API_STATUS = (1, 105, 2, 3, 5, 4)

(WAITING, AGREED, SENT_BACK, REFUNDED, EXCHANGED, WITHDRAWN) = range(6)


def happened(when: np.ndarray, at: int) -> np.ndarray:
    """True where the moment exists and is not after `at`."""
    return (when != NONE) & (when <= at)


def seen(when: np.ndarray, at: int) -> np.ndarray:
    """The moments as known at `at`: later ones read NONE."""
    return np.where(happened(when, at), when, NONE)


def line_status(orders: Frame, lines: Frame, at: int) -> np.ndarray:
    """The status code of each line at `at` (index into LINE_STATUS)."""
    paid = orders.paid_at[lines.order_i]
    status = np.full(lines.rows, UNPAID)
    status[happened(paid, at)] = TO_SHIP
    status[happened(paid, at) & (paid + REVIEW_SECONDS <= at)] = PREPARING
    status[happened(lines.shipped_at, at)] = SHIPPED
    status[happened(lines.completed_at, at)] = COMPLETED
    status[happened(lines.closed_at, at)] = CLOSED
    return status


def case_status(after: Frame, at: int) -> np.ndarray:
    """The state of each after-sales case at `at` (WAITING .. WITHDRAWN); meaningful only once it is applied for."""
    state = np.full(after.rows, WAITING)
    state[happened(after.agreed_at, at)] = AGREED
    state[happened(after.returned_at, at) & happened(after.agreed_at, at)] = SENT_BACK
    done = happened(after.succeeded_at, at)
    state[done] = np.where(after.kind[done] == EXCHANGE, EXCHANGED, REFUNDED)
    state[happened(after.closed_at, at)] = WITHDRAWN
    return state


def latest_case(lines: Frame, after: Frame, at: int) -> np.ndarray:
    """For each line the position of its newest after-sales case at `at`, NONE without one."""
    newest = np.full(lines.rows, NONE)
    rows = np.flatnonzero(after.applied_at <= at)
    newest[after.line_i[rows]] = rows  # cases are in order of application
    return newest


def case_words(kind: np.ndarray, state: np.ndarray, variety: np.ndarray, fullwidth: bool) -> list[str]:
    """售后状态 of each case, in the words of the exports; `variety` (0..1) chooses among equal words."""
    words = []
    for k, s, v in zip(kind.tolist(), state.tolist(), variety.tolist(), strict=True):
        if s == REFUNDED:
            words.append(
                "已全额退款"
                if k == PRE_SHIP and v < 0.3
                else "同意退款，退款成功"
                if fullwidth and v < 0.65
                else "退款成功"
            )
        elif s == AGREED:
            words.append("待买家退货处理" if k >= RETURN else "退款中")
        else:
            words.append(
                {WAITING: "待商家处理", SENT_BACK: "待商家收货", EXCHANGED: "换货成功", WITHDRAWN: "售后关闭"}[s]
            )
    return words


def last_change(orders: Frame, lines: Frame, after: Frame, at: int) -> np.ndarray:
    """For each line the newest moment not after `at` at which anything about it changed."""
    newest = orders.ordered_at[lines.order_i].copy()
    paid = orders.paid_at[lines.order_i]
    reviewed = np.where(paid == NONE, NONE, paid + REVIEW_SECONDS)
    for after_it in (lines.shipped_at, lines.closed_at):  # a line that was gone by then was never prepared
        reviewed = np.where((after_it != NONE) & (after_it < reviewed), NONE, reviewed)
    for when in (paid, reviewed, lines.shipped_at, lines.completed_at, lines.closed_at):
        newest = np.maximum(newest, seen(when, at))
    for name in ("applied_at", "agreed_at", "returned_at", "succeeded_at", "closed_at"):
        np.maximum.at(newest, after.line_i, seen(after[name], at))
    return newest
