"""What the order exports of 快手, 视频号 and 淘宝 share: their windows, and an order's lines as one row."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from simulator.days import start_of
from simulator.exports.context import Export
from simulator.frame import NONE
from simulator.status import CLOSED, latest_case, line_status
from simulator.world import Cohort

LOOK_BACK_DAYS = 15
LATE_SHARE = 0.2


@dataclass(frozen=True)
class Span:
    """The orders placed on first..last, exported at 02:00 on the day after `last`; `nth` counts the files."""

    first: date
    last: date
    nth: int


def spans(export: Export) -> Iterator[Span]:
    """Two overlapping files for a history, the last 15 days for one day."""
    if not export.is_history:
        yield Span(max(export.until - timedelta(days=LOOK_BACK_DAYS - 1), export.world.first_day), export.until, 1)
        return
    yield Span(export.since, export.day(0.6), 0)
    yield Span(export.day(0.4), export.until, 1)


def told(export: Export, cohort: Cohort, span: Span) -> Cohort:
    """The orders that the export of a span knows: a few of its last day come only with the next export (迟到订单)."""
    return cohort.only(~late(cohort, span)) if export.has("late_orders") else cohort


def late(cohort: Cohort, span: Span) -> np.ndarray:
    """The orders placed on the last day of the span that its export does not hold yet."""
    fresh = cohort.orders.ordered_at >= start_of(span.last)
    # Who shares a parcel is late together, as a piece of a cohort holds both or neither.
    return cohort.with_mates(fresh & (cohort.orders.note < LATE_SHARE))


def per_order(cohort: Cohort, values: np.ndarray, how: np.ufunc = np.add) -> np.ndarray:
    """Line values reduced to their order (an order's lines stand together, and every order has one)."""
    return how.reduceat(values, np.searchsorted(cohort.lines.order_i, np.arange(cohort.orders.rows)))


def order_status(cohort: Cohort, at: int) -> np.ndarray:
    """The status of each order (status.LINE_STATUS): that of its furthest line, closed only when all lines are."""
    status = line_status(cohort.orders, cohort.lines, at)
    furthest = per_order(cohort, np.where(status == CLOSED, NONE, status), np.maximum)
    return np.where(furthest == NONE, CLOSED, furthest)


def newest_case(cohort: Cohort, at: int) -> np.ndarray:
    """The position of each line's newest after-sales case at `at`, NONE without one."""
    return latest_case(cohort.lines, cohort.after_sales, at)
