"""Orders and their lines: what was bought, what is owed, and the moments of an order's life."""

import numpy as np

from simulator import media, names
from simulator.catalogue import Catalogue
from simulator.days import DAY, HOUR
from simulator.frame import NONE, Frame
from simulator.journeys import last_touch
from simulator.live.accounts import ACCOUNTS
from simulator.live.sessions import account_of, still_on_air
from simulator.people import People
from simulator.rng import part, stream

LINES_PER_ORDER = (0.74, 0.2, 0.06)
MEAN_LINES = sum((i + 1) * p for i, p in enumerate(LINES_PER_ORDER))
PAID_RATE = 0.955
MERGE_WINDOW = 6 * HOUR
FIRST_ORDER_ID = (
    6_900_000_000_000_000_000,
    2_500_000_000_000_000_000,
    3_700_000_000_000_000_000,
    4_100_000_000_000_000_000,
)
"""Where the order ids of each shop (media.SHOPS) begin."""


def make_orders(seed: int, day_start: int, prospects: Frame, touches: Frame, people: People) -> Frame:
    """One day's orders, in order of time.

    Columns: prospect_i, person, shop (media.SHOPS), group_i (the order whose parcel it shares, mostly itself), order_id, ordered_at,
    paid_at, closed_at (unpaid orders), promised_at, shipped_at, signed_at, completed_at, warehouse, province, city,
    channel, ad, creative, room, creator, pay_method, lines, note (a stable uniform).
    """
    draw = stream(seed, "orders", day_start // DAY)
    prospect_i = np.flatnonzero(prospects.ordered)
    count = len(prospect_i)
    person = prospects.person[prospect_i]
    ordered = prospects.decided_at[prospect_i] + draw.integers(5, 60, count)
    paid = np.where(draw.random(count) < PAID_RATE, ordered + draw.integers(4, 600, count), NONE)
    # Most unpaid orders close after half an hour, some payment methods give a day.
    patience = np.where(draw.random(count) < 0.3, DAY, HOUR // 2)
    late = draw.random(count) < 0.02
    to_ship = np.clip(draw.lognormal(np.log(16), 0.55, count), 2, 46) + np.where(late, draw.uniform(6, 30, count), 0)
    shipped = paid + (to_ship * HOUR).astype(np.int64)
    signed = shipped + (np.clip(draw.lognormal(np.log(62), 0.4, count), 20, 200) * HOUR).astype(np.int64)
    eager = draw.random(count) < 0.4
    confirm = np.where(eager, draw.uniform(0.2, 24, count), 7 * 24 + draw.uniform(0, 3, count))
    completed = signed + (confirm * HOUR).astype(np.int64)
    unpaid = paid == NONE
    last = last_touch(prospects, touches)[prospect_i]
    last_ad = last_touch(prospects, touches, touches.ad != NONE)[prospect_i]
    channel = np.where(last == NONE, NONE, touches.channel[last]) if touches.rows else np.full(count, NONE)
    paid_media = np.isin(channel, [i for i, c in enumerate(media.CHANNELS) if c.paid])

    def of_touch(column: str, index: np.ndarray, where: np.ndarray) -> np.ndarray:
        return np.where(where, touches[column][index], NONE) if touches.rows else np.full(count, NONE)

    # Only who orders while the session runs orders in it (直播间成交); the room's account is then the creator.
    room = still_on_air(seed, of_touch("room", last, last != NONE), ordered)
    creator = draw.choice(3, count, p=[0.3, 0.5, 0.2])
    creator = np.where(room == NONE, creator, np.array([a.creator for a in ACCOUNTS])[account_of(room)])
    group = _parcel_groups(person, ordered, paid, shipped)
    province = people.province(person)
    near = np.array([row[3] for row in names.PROVINCES])[province]
    day_number = day_start // DAY - 14_610  # days since 2010-01-01
    shop = prospects.shop[prospect_i]
    warehouse = np.where(draw.random(count) < 0.85, near, draw.integers(0, len(names.WAREHOUSES), count))
    return Frame(
        prospect_i=prospect_i,
        person=person,
        shop=shop,
        group_i=group,
        # The last digit is 1 so that a line's own id (+1, +2) never carries and never looks Excel-rounded.
        order_id=np.array(FIRST_ORDER_ID)[shop]
        + day_number * 10**13
        + np.arange(count) * 10**5
        + 10_001
        + part(np.arange(count) + day_number * 10**7, seed, "order tail", 8_999) * 10,
        ordered_at=ordered,
        paid_at=paid,
        closed_at=np.where(unpaid, ordered + patience, NONE),
        promised_at=np.where(unpaid, NONE, paid + 48 * HOUR),
        shipped_at=np.where(unpaid, NONE, shipped[group]),
        signed_at=np.where(unpaid, NONE, signed[group]),
        completed_at=np.where(unpaid, NONE, completed[group]),
        warehouse=warehouse[group],
        province=province,
        city=people.city(person),
        channel=channel,
        ad=of_touch("ad", last_ad, paid_media & (last_ad != NONE)),
        creative=of_touch("creative", last_ad, paid_media & (last_ad != NONE)),
        room=room,
        creator=creator,
        pay_method=draw.choice(4, count, p=[0.45, 0.4, 0.05, 0.1]),
        # 快手 sells one article an order: its export has no row below the order.
        lines=np.where(shop == media.KUAISHOU, 1, draw.choice([1, 2, 3], count, p=LINES_PER_ORDER)),
        note=draw.random(count),
    )


def _parcel_groups(person: np.ndarray, ordered: np.ndarray, paid: np.ndarray, shipped: np.ndarray) -> np.ndarray:
    """For each order the order that it is packed with: the one before it when the same person bought again in time."""
    follows = np.zeros(len(person), bool)
    follows[1:] = (
        (person[1:] == person[:-1])
        & (paid[1:] != NONE)
        & (paid[:-1] != NONE)
        & (ordered[1:] - ordered[:-1] < MERGE_WINDOW)
        & (paid[1:] < shipped[:-1] - 60)
    )
    # Only pairs: an order that follows one which itself follows goes alone.
    follows[1:] &= ~follows[:-1]
    return np.arange(len(person)) - follows


def make_lines(seed: int, day_start: int, orders: Frame, catalogue: Catalogue) -> Frame:
    """The lines (商品单) of a day's orders; money in fen, per line.

    payable = unit x quantity - (shop + platform + creator discounts) + freight; the borne columns share the same
    discount total out among who really pays for it; red packets lie within the platform's discount and payment
    discounts are on top, borne by the payment channel. Columns: order_i, nth, sub_order_id, sku, quantity, unit_fen,
    list_fen, shop_fen, platform_fen, creator_fen, discount_fen, shop_borne_fen, platform_borne_fen, creator_borne_fen,
    markdown_fen, redpacket_fen, pay_discount_fen, freight_fen, payable_fen, variety.
    """
    draw = stream(seed, "lines", day_start // DAY)
    order_i = np.repeat(np.arange(orders.rows), orders.lines)
    count = len(order_i)
    nth = np.arange(count) - np.repeat(np.cumsum(orders.lines) - orders.lines, orders.lines)
    sku = draw.choice(catalogue.skus.rows, count, p=catalogue.skus.weight)
    # 微信小店 adds up equal articles of an order: within one no sku comes twice.
    sku = np.where(orders.shop[order_i] == media.WEIXIN, _distinct(sku, order_i, nth, catalogue.skus.rows), sku)
    quantity = draw.choice([1, 2, 3, 5, 12], count, p=[0.84, 0.11, 0.03, 0.015, 0.005])
    unit = catalogue.skus.list_fen[sku]
    listed = unit * quantity

    def discount(rate: float, low: float, high: float) -> np.ndarray:
        return np.where(draw.random(count) < rate, (listed * draw.uniform(low, high, count)).astype(np.int64), 0)

    shop, platform, creator = discount(0.45, 0.05, 0.2), discount(0.2, 0.03, 0.08), discount(0.06, 0.02, 0.05)
    ours = orders.shop[order_i] == media.DOUYIN
    # 抖店's own ways: its coupon is sometimes paid for by the shop in part (平台券商家共担), its payment channel gives on top.
    co_funded = np.where(ours & (draw.random(count) < 0.3), platform // 3, 0)
    freight = np.where((nth == 0) & (draw.random(count) < 0.02), 600, 0)
    frame = Frame(
        order_i=order_i,
        nth=nth,
        sub_order_id=orders.order_id[order_i] + nth,
        sku=sku,
        quantity=quantity,
        unit_fen=unit,
        list_fen=listed,
        shop_fen=shop,
        platform_fen=platform,
        creator_fen=creator,
        discount_fen=shop + platform + creator,
        shop_borne_fen=shop + co_funded,
        platform_borne_fen=platform - co_funded,
        creator_borne_fen=creator,
        markdown_fen=shop // 2,
        redpacket_fen=np.where(draw.random(count) < 0.2, platform // 2, 0),
        pay_discount_fen=np.where(ours & (draw.random(count) < 0.1), draw.integers(50, 300, count), 0),
        freight_fen=freight,
        variety=draw.random(count),
    )
    frame["payable_fen"] = listed - frame.discount_fen + freight
    return frame


def _distinct(sku: np.ndarray, order_i: np.ndarray, nth: np.ndarray, skus: int) -> np.ndarray:
    """The skus with those that an earlier line of the same order has already moved on to the next free one."""
    chosen = sku.copy()
    for position in range(1, int(nth.max(initial=0)) + 1):
        rows = np.flatnonzero(nth == position)
        for _ in range(position):
            for back in range(1, position + 1):
                chosen[rows] = np.where(chosen[rows] == chosen[rows - back], (chosen[rows] + 1) % skus, chosen[rows])
    return chosen
