"""Parcels (包裹) and their events: an order in one parcel as a rule, sometimes in two; sometimes two orders in one."""

import numpy as np

from simulator import names
from simulator.days import DAY, HOUR
from simulator.frame import NONE, Frame, stack
from simulator.rng import stream

SPLIT_RATE = 0.1
STALL_RATE = 0.015
EVENT_KINDS = ("picked", "left", "arrived", "repeated", "stalled", "delivering", "signed")
_AT = (0.08, 0.2, 0.62, 0.62, 0.7, 0.93, 1.0)  # share of the way from shipping to signing


def make_parcels(seed: int, day_start: int, orders: Frame, lines: Frame) -> tuple[Frame, Frame]:
    """(parcels, order-parcel links) of a day's orders.

    parcels: order_i (the first order), tracking (13 digits), carrier, shipped_at, signed_at, warehouse, province,
    city, stalled, courier. links: order_i, parcel_i.
    """
    draw = stream(seed, "parcels", day_start // DAY)
    ships = np.zeros(orders.rows, bool)
    ships[lines.order_i[~lines.cancelled & (orders.paid_at[lines.order_i] != NONE)]] = True
    shipping = np.flatnonzero(ships)
    main, parcel_i = np.unique(orders.group_i[shipping], return_inverse=True)
    carrier = draw.choice(len(names.CARRIERS), len(main), p=[0.3, 0.25, 0.2, 0.17, 0.08])
    alone = np.bincount(parcel_i, minlength=len(main)) == 1
    lines_left = np.bincount(lines.order_i[~lines.cancelled], minlength=orders.rows)
    split = np.flatnonzero(alone & ships[main] & (lines_left[main] > 1) & (draw.random(len(main)) < SPLIT_RATE))
    owner = np.concatenate([main, main[split]])
    count = len(owner)
    # The second half of a split order arrives earlier; the order counts as signed with the last parcel.
    early = np.where(np.arange(count) < len(main), 0, 5 * HOUR)
    parcels = Frame(
        order_i=owner,
        tracking=(day_start // DAY) * 10**8 % 10**13 + np.arange(count) * 37 + 11,
        carrier=np.concatenate([carrier, carrier[split]]),
        shipped_at=orders.shipped_at[owner],
        signed_at=orders.signed_at[owner] - early,
        warehouse=orders.warehouse[owner],
        province=orders.province[owner],
        city=orders.city[owner],
        stalled=draw.random(count) < STALL_RATE,
        courier=draw.integers(0, len(names.COURIERS), count),
    )
    links = stack(
        [
            Frame(order_i=shipping, parcel_i=parcel_i.astype(np.int64)),
            Frame(order_i=main[split], parcel_i=len(main) + np.arange(len(split))),
        ]
    )
    return parcels, links.take(np.lexsort((links.parcel_i, links.order_i)))


def event_times(parcels: Frame) -> np.ndarray:
    """Wall seconds of each parcel's events (rows x EVENT_KINDS), oldest first; NONE where an event never comes.

    "repeated" is the arrival again, in another text; "stalled" is the exception (疑难) of a parcel that stands still.
    """
    span = parcels.signed_at - parcels.shipped_at
    times = np.stack([parcels.shipped_at + (span * f).astype(np.int64) for f in _AT], 1)
    times[:, 3] = np.where(parcels.tracking % 3 == 0, times[:, 3], NONE)
    times[:, 4] = np.where(parcels.stalled, times[:, 4], NONE)
    return times


def line_parcels(orders: Frame, lines: Frame, links: Frame) -> np.ndarray:
    """For each line the position of its parcel, NONE for what is never shipped.

    Of an order in two parcels the first line travels in the first and the others in the second.
    """
    count = np.bincount(links.order_i, minlength=orders.rows)
    first = np.cumsum(count) - count
    order_i, kept = lines.order_i, ~lines.cancelled
    before = np.cumsum(kept) - kept
    of_order = before - before[np.searchsorted(order_i, order_i)]
    ships = kept & (count[order_i] > 0)
    link = first[order_i] + np.minimum(of_order, count[order_i] - 1)
    return np.where(ships, links.parcel_i[np.where(ships, link, 0)] if links.rows else NONE, NONE)
