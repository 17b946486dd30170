"""World: the company's whole life, made day by day (cohort by cohort) and kept as frames."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property

import numpy as np

from simulator.aftersales import make_after_sales, settle_lines
from simulator.catalogue import Catalogue, make_catalogue
from simulator.days import DAY, start_of
from simulator.frame import NONE, Frame, stack
from simulator.journeys import make_prospects, make_touches
from simulator.media import LOOK_BACK_DAYS
from simulator.orders import MEAN_LINES, make_lines, make_orders
from simulator.parcels import make_parcels
from simulator.people import People

PIECE_ORDERS = 25_000
KEPT_ROWS = 30_000_000
"""Rows of cohorts kept in memory, about 2 GB; a longer world makes its oldest days again when they are asked for."""


@dataclass(frozen=True)
class Cohort:
    """Everything that the orders of one or more days become; index columns (`*_i`) point into the same cohort."""

    prospects: Frame
    touches: Frame
    orders: Frame
    lines: Frame
    after_sales: Frame
    parcels: Frame
    parcel_links: Frame

    def only(self, keep: np.ndarray) -> "Cohort":
        """The orders of a mask and what belongs to them; prospects and touches stay whole.

        Orders that share a parcel must stand on the same side of the mask.
        """
        if keep.all():
            return self
        orders, new_order = _kept(self.orders, keep)
        lines, new_line = _kept(self.lines, keep[self.lines.order_i])
        after, _ = _kept(self.after_sales, new_line[self.after_sales.line_i] != NONE)
        parcels, new_parcel = _kept(self.parcels, keep[self.parcels.order_i])
        links, _ = _kept(self.parcel_links, keep[self.parcel_links.order_i])
        return Cohort(
            prospects=self.prospects,
            touches=self.touches,
            orders=Frame(orders, group_i=new_order[orders.group_i]),
            lines=Frame(lines, order_i=new_order[lines.order_i]),
            after_sales=Frame(after, line_i=new_line[after.line_i]),
            parcels=Frame(parcels, order_i=new_order[parcels.order_i]),
            parcel_links=Frame(links, order_i=new_order[links.order_i], parcel_i=new_parcel[links.parcel_i]),
        )

    def with_mates(self, orders: np.ndarray) -> np.ndarray:
        """The mask and, with every order of it, the one that it shares a parcel with."""
        keep, pair = orders.copy(), self.orders.group_i
        np.logical_or.at(keep, pair, orders)
        return keep | keep[pair]

    def of_shop(self, shop: int) -> "Cohort":
        """The orders of one shop (media.SHOPS)."""
        return self.only(self.orders.shop == shop)

    def pieces(self, orders: int) -> Iterator["Cohort"]:
        """The same orders in pieces of about so many, for what is written row by row."""
        cuts = np.arange(0, self.orders.rows, orders)[1:]
        # A pair that shares a parcel is not cut in two.
        cuts = (cuts + (self.orders.group_i[cuts] != cuts)).tolist()
        if not cuts:
            yield self
            return
        for low, high in zip([0, *cuts], [*cuts, self.orders.rows], strict=True):
            yield self._slice(low, high)

    def _slice(self, low: int, high: int) -> "Cohort":
        """The orders low..high-1. Orders, lines and links stand in the order of the orders, so theirs are views."""
        first, last = np.searchsorted(self.lines.order_i, [low, high]).tolist()
        lines = self.lines.take(slice(first, last))
        case = self.after_sales.line_i
        after = self.after_sales.take(np.flatnonzero((case >= first) & (case < last)))
        owner = self.parcels.order_i
        parcel_i = np.flatnonzero((owner >= low) & (owner < high))
        links = self.parcel_links.take(slice(*np.searchsorted(self.parcel_links.order_i, [low, high]).tolist()))
        return Cohort(
            prospects=self.prospects,
            touches=self.touches,
            orders=self.orders.take(slice(low, high)).shifted(group_i=-low),
            lines=lines.shifted(order_i=-low),
            after_sales=after.shifted(line_i=-first),
            parcels=self.parcels.take(parcel_i).shifted(order_i=-low),
            parcel_links=Frame(links, order_i=links.order_i - low, parcel_i=np.searchsorted(parcel_i, links.parcel_i)),
        )


def _kept(frame: Frame, keep: np.ndarray) -> tuple[Frame, np.ndarray]:
    """(the rows of the mask, for each old row its new position or NONE)."""
    return frame.take(keep), np.where(keep, np.cumsum(keep) - 1, NONE)


@dataclass(frozen=True)
class World:
    """A company that sells for `days` days from `first_day`, about `orders_per_day` order LINES (商品单) a day.

    Two worlds with equal parameters are equal; the number of buyers depends on all of them, so a longer world is
    another world, not a continuation. Days after the last have no orders, but what was ordered goes on living.
    """

    seed: int = 7
    first_day: date = date(2026, 9, 1)
    days: int = 31
    orders_per_day: int = 2000
    _cohorts: dict[int, Cohort] = field(default_factory=dict, repr=False, compare=False)

    def __post_init__(self) -> None:
        if self.days < 1 or self.orders_per_day < 1 or self.seed < 0:
            raise ValueError("days and orders_per_day must be at least 1, seed at least 0")

    @property
    def last_day(self) -> date:
        """The last day with orders."""
        return self.first_day + timedelta(days=self.days - 1)

    @cached_property
    def catalogue(self) -> Catalogue:
        """Products and skus."""
        return make_catalogue(self.seed, self.first_day)

    @cached_property
    def people(self) -> People:
        """The pool of buyers: about half a buyer for each order line of a month."""
        size = max(200, self.orders_per_day * min(self.days, 30) // 2)
        return People(self.seed, size, self.first_day, self.days)

    def number(self, day: date) -> int:
        """The day's position in the world (0 = first day; may lie outside)."""
        return (day - self.first_day).days

    def cohort(self, number: int) -> Cohort:
        """The orders of one day of the world and all that follows from them; made once and kept.

        The days of the week after the last hold only visitors: what touched them within the world, but no orders.
        """
        if not 0 <= number < self.days + LOOK_BACK_DAYS:
            raise IndexError(f"day {number} is outside a world of {self.days} days")
        if number not in self._cohorts:
            self._cohorts[number] = self._make(number)
            self._forget(number)
        return self._cohorts[number]

    def warm(self, first: date, last: date) -> None:
        """Makes the catalogue, the people and the cohorts of first..last ahead of use, as far as they are kept.

        Also those of the week after, whose visitors were touched in these days.
        """
        _ = self.catalogue, self.people
        for number in range(max(0, self.number(first)), min(self.days - 1, self.number(last)) + LOOK_BACK_DAYS + 1):
            if sum(_rows(cohort) for cohort in self._cohorts.values()) < KEPT_ROWS * 2 // 3:
                self.cohort(number)

    def _forget(self, newest: int) -> None:
        """Drops the cohorts made longest ago while too many rows are kept; they are made again when asked for."""
        rows = {number: _rows(cohort) for number, cohort in self._cohorts.items()}
        for number in list(rows):
            if sum(rows.values()) <= KEPT_ROWS or number == newest:
                break
            del self._cohorts[number], rows[number]

    def span(self, first: date, last: date, with_visitors: bool = False) -> Cohort:
        """The cohorts of first..last (cut to the world's days) as one; raises ValueError when none is left.

        `with_visitors` lets `last` reach into the week after the world, for the touches of those who decide then.
        """
        end = self.days - 1 + (LOOK_BACK_DAYS if with_visitors else 0)
        low, high = max(0, self.number(first)), min(end, self.number(last))
        if low > high:
            raise ValueError(f"no day of the world lies in {first}..{last}")
        return merge([self.cohort(number) for number in range(low, high + 1)])

    def pieces(self, first: date, last: date, shop: int | None = None, orders: int = PIECE_ORDERS) -> Iterator[Cohort]:
        """The orders of first..last (cut to the world's days), of one shop or of all, in pieces of about `orders`.

        Day by day, so that a writer holds one piece and never the whole span. Empty pieces are left out.
        """
        for number in range(max(0, self.number(first)), min(self.days - 1, self.number(last)) + 1):
            for piece in self.cohort(number).pieces(orders):
                chosen = piece if shop is None else piece.of_shop(shop)
                if chosen.orders.rows:
                    yield chosen

    def _make(self, number: int) -> Cohort:
        day_start = start_of(self.first_day) + number * DAY
        prospects = make_prospects(self.seed, day_start, self.orders_per_day / MEAN_LINES, self.people.size)
        if number < self.days:
            touches = make_touches(self.seed, day_start, prospects)
        else:
            prospects["ordered"] = np.zeros(prospects.rows, bool)
            touches = make_touches(self.seed, day_start, prospects, start_of(self.first_day) + self.days * DAY)
            # Of those who decide after the world only the ones whom it has touched are remembered.
            seen, prospect_i = np.unique(touches.prospect_i, return_inverse=True)
            prospects, touches = prospects.take(seen), Frame(touches, prospect_i=prospect_i.astype(np.int64))
        orders = make_orders(self.seed, day_start, prospects, touches, self.people)
        lines = make_lines(self.seed, day_start, orders, self.catalogue)
        category = self.catalogue.products.category_i[self.catalogue.skus.product_i[lines.sku]]
        after = make_after_sales(self.seed, day_start, orders, lines, category)
        lines = settle_lines(orders, lines, after)
        parcels, links = make_parcels(self.seed, day_start, orders, lines)
        return Cohort(prospects, touches, orders, lines, after, parcels, links)


def _rows(cohort: Cohort) -> int:
    """What a cohort weighs in memory, roughly: 60 to 200 bytes a row."""
    return cohort.touches.rows + cohort.prospects.rows + cohort.lines.rows


def merge(cohorts: list[Cohort]) -> Cohort:
    """The cohorts as one, with their index columns moved so that they still point at the right rows."""
    if len(cohorts) == 1:
        return cohorts[0]
    rows = {
        name: np.cumsum([0] + [getattr(c, name).rows for c in cohorts]).tolist()
        for name in ("prospects", "orders", "lines", "parcels")
    }

    def joined(name: str, **targets: str) -> Frame:
        return stack(
            [
                getattr(c, name).shifted(**{column: rows[target][i] for column, target in targets.items()})
                for i, c in enumerate(cohorts)
            ]
        )

    return Cohort(
        prospects=joined("prospects"),
        touches=joined("touches", prospect_i="prospects"),
        orders=joined("orders", prospect_i="prospects", group_i="orders"),
        lines=joined("lines", order_i="orders"),
        after_sales=joined("after_sales", line_i="lines"),
        parcels=joined("parcels", order_i="orders"),
        parcel_links=joined("parcel_links", order_i="orders", parcel_i="parcels"),
    )
