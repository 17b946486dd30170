"""Service tickets (客服工单): what buyers asked about their orders, and how soon somebody answered."""

import numpy as np

from simulator.aftersales import EXCHANGE
from simulator.days import DAY, HOUR
from simulator.frame import NONE, Frame
from simulator.rng import mix, part, share

TOPICS = ("物流查询", "退款进度", "质量问题", "尺码咨询", "商品咨询", "优惠与价格", "发票")
LOGISTICS, REFUND, QUALITY, SIZE, GOODS, PRICE, INVOICE = range(7)
CHANNELS = ("飞鸽", "企业微信", "电话", "快手客服")
AGENTS = 12
LATEST_DAYS = 28
"""No order is asked about later than this after it was placed."""
SLOW = HOUR
_MEDIAN_REPLY = np.array([240, 420, 30, 600])
_REASON_TOPIC = np.array([REFUND, QUALITY, QUALITY, SIZE, REFUND, LOGISTICS])


def late_orders(cohort) -> np.ndarray:
    """Whether each order came late: shipped after its promise, a parcel that stood still, or more than 100 hours on the way."""
    orders = cohort.orders
    paid = orders.paid_at != NONE
    late = paid & ((orders.shipped_at > orders.promised_at) | (orders.signed_at - orders.shipped_at > 100 * HOUR))
    links = cohort.parcel_links
    late[links.order_i[cohort.parcels.stalled[links.parcel_i]]] = True
    return late


def make_tickets(world, cohort) -> Frame:
    """The tickets that a cohort's orders will ever cause, at most one an order, in the order of the orders.

    Columns: order_i, ticket_id, opened_at, first_reply_at (NONE = nobody ever answers), resolved_at, channel, topic,
    agent, anonymous (the customer is not known), loose (the order is not named), solution.
    """
    orders, seed = cohort.orders, world.seed
    key = orders.order_id

    def drawn(salt: str) -> np.ndarray:
        return share(key, seed, "ticket " + salt)

    case, late = _first_case(cohort), late_orders(cohort)
    asks = drawn("asks")
    about_case = (case != NONE) & (asks < 0.35)
    about_parcel = ~about_case & late & (asks < 0.4)
    opened = orders.ordered_at + (drawn("opened") * 2 * HOUR).astype(np.int64) + 300
    topic = GOODS + part(key, seed, "ticket topic", 3)
    waited = np.maximum(orders.promised_at, orders.shipped_at + 60 * HOUR) + (drawn("opened") * 20 * HOUR).astype(int)
    opened = np.where(about_parcel, waited, opened)
    topic = np.where(about_parcel, LOGISTICS, topic)
    cases = cohort.after_sales
    if cases.rows:
        opened = np.where(about_case, cases.applied_at[case] + (drawn("opened") * 5 * HOUR).astype(int), opened)
        topic = np.where(about_case, _REASON_TOPIC[cases.reason[case]], topic)
    frame = _answered(seed, key, opened, drawn)
    frame["order_i"], frame["topic"] = np.arange(orders.rows), topic
    return frame.take(about_case | about_parcel | (asks < 0.03))


def _first_case(cohort) -> np.ndarray:
    """For each order the position of its first after-sales case that is not an exchange, NONE without one."""
    cases = cohort.after_sales
    first = np.full(cohort.orders.rows, NONE)
    rows = np.flatnonzero(cases.kind != EXCHANGE)[::-1]
    first[cohort.lines.order_i[cases.line_i[rows]]] = rows
    return first


def _answered(seed: int, key: np.ndarray, opened: np.ndarray, drawn) -> Frame:
    """Reply and solution: slower at night, by channel, a few never."""
    channel = np.searchsorted([0.6, 0.85, 0.95], drawn("channel"), side="right")
    night = opened % DAY < 8 * HOUR
    luck = np.clip(drawn("reply"), 1e-6, 1 - 1e-6)
    # a log-logistic time: heavy in its tail, like queues
    wait = _MEDIAN_REPLY[channel] * (luck / (1 - luck)) ** 0.55
    reply = opened + np.clip(wait, 5, 2 * DAY).astype(np.int64) + np.where(night, 8 * HOUR - opened % DAY, 0)
    never = drawn("never") < 0.02
    work = np.clip(drawn("work"), 1e-6, 1 - 1e-6)
    resolved = reply + np.clip(1500 * (work / (1 - work)) ** 0.7, 60, 3 * DAY).astype(np.int64)
    return Frame(
        ticket_id=mix(key, seed, "ticket id") >> np.uint64(12),
        opened_at=opened,
        first_reply_at=np.where(never, NONE, reply),
        resolved_at=np.where(never | (drawn("open") < 0.03), NONE, resolved),
        channel=channel,
        agent=part(key, seed, "ticket agent", AGENTS),
        anonymous=drawn("anonymous") < 0.18,
        loose=drawn("loose") < 0.1,
        solution=part(key, seed, "ticket solution", 1 << 20),
    )


def slow(tickets: Frame) -> np.ndarray:
    """Whether each ticket waited more than an hour for its first answer, or got none."""
    return (tickets.first_reply_at == NONE) | (tickets.first_reply_at - tickets.opened_at > SLOW)
