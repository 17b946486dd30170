"""What ad platforms claim (归因): the orders whose journey met a plan, put on the hour that the platform counts."""

import numpy as np

from simulator import media
from simulator.days import DAY, HOUR
from simulator.frame import NONE, Frame
from simulator.money import per_order
from simulator.world import Cohort

PLANS = len(media.PLANS)
REPORTED, REQUESTED = "reported", "requested"
"""On which hour a claim stands: that of the order (上报时间), or that of the last touch by the plan (请求时间)."""
_INDIRECT = 0.18


def claims(cohort: Cohort) -> Frame:
    """Every (order, plan) whose journey met, by order and plan: plans claim the same order together.

    Columns: order_i, ad (media.PLANS), touched_at and creative of the plan's last touch, direct (the platform's own
    attribution gives the order to this plan).
    """
    touch, orders = cohort.touches, cohort.orders
    order_of = np.full(cohort.prospects.rows, NONE)
    order_of[orders.prospect_i] = np.arange(orders.rows)
    rows = np.flatnonzero((touch.ad != NONE) & (order_of[touch.prospect_i] != NONE))
    key = order_of[touch.prospect_i[rows]] * PLANS + touch.ad[rows]
    # Touches are in time order within a day's cohort; of equal keys the last counts.
    order = np.lexsort((touch.happened_at[rows], key))
    rows, key = rows[order], key[order]
    last = np.append(key[1:] != key[:-1], True) if len(key) else np.zeros(0, bool)
    rows, key = rows[last], key[last]
    order_i, ad = key // PLANS, key % PLANS
    return Frame(
        order_i=order_i,
        ad=ad,
        touched_at=touch.happened_at[rows],
        creative=touch.creative[rows],
        direct=orders.ad[order_i] == ad,
    )


def add_claims(cohort: Cohort, low: int, hours: int, at: int, table: dict[str, np.ndarray], by: str = REPORTED) -> None:
    """Adds the claims known at `at` to `table` (name -> hours x plans, from wall second `low` on); see ads.MEASURES."""
    orders, lines, found = cohort.orders, cohort.lines, claims(cohort)

    def add(name: str, when: np.ndarray, values: np.ndarray, keep: np.ndarray) -> None:
        moment = when[found.order_i]
        hour = ((moment if by == REPORTED else found.touched_at) - low) // HOUR
        rows = keep[found.order_i] & (moment != NONE) & (moment <= at) & (hour >= 0) & (hour < hours)
        np.add.at(table[name], (hour[rows], found.ad[rows]), values[found.order_i[rows]])

    everyone, one = np.ones(orders.rows, bool), np.ones(orders.rows, np.int64)
    due = per_order(lines, lines.payable_fen, orders.rows)
    add("created_orders", orders.ordered_at, one, everyone)
    add("created_fen", orders.ordered_at, due, everyone)
    add("paid_orders", orders.paid_at, one, everyone)
    add("paid_fen", orders.paid_at, due, everyone)
    indirect = orders.note < _INDIRECT
    add("indirect_orders", orders.paid_at, one, indirect)
    add("indirect_fen", orders.paid_at, due, indirect)
    paid = orders.paid_at[lines.order_i]
    for window, seconds in (("1h", HOUR), ("7d", 7 * DAY), ("14d", 14 * DAY)):
        limit = np.minimum(paid + seconds, at)
        refunded = np.where((lines.refunded_at != NONE) & (lines.refunded_at <= limit), lines.refund_fen, 0)
        back = per_order(lines, refunded, orders.rows)
        add(f"refund_{window}_fen", orders.paid_at, back, everyone)
        add(f"refund_{window}_orders", orders.paid_at, one, back > 0)
        if window == "1h":
            continue
        settled = np.where((lines.completed_at != NONE) & (lines.completed_at <= limit), lines.payable_fen, 0)
        earned = per_order(lines, settled, orders.rows)
        add(f"settled_{window}_fen", orders.paid_at, earned, everyone)
        if window == "7d":
            add("settled_7d_orders", orders.paid_at, one, earned > 0)
