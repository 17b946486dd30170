"""千川 long_transfer/order/get: which plan each order is counted for, the only bridge from ads to orders."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa

from simulator import media
from simulator.claims import claims
from simulator.exports.answers import DAILY_DAYS, write_answers
from simulator.exports.context import Export
from simulator.money import per_order
from simulator.status import happened
from simulator.text import TEXT, join, json_objects, money, numbers, pick, quoted, stamps, where
from simulator.world import World

QIANCHUAN = media.AD_PLATFORMS.index("qianchuan")


def write(export: Export) -> Iterator[Path]:
    """One file of answers for each account: the whole span of a history, the last 15 days for one day."""
    first = export.since if export.is_history else export.until - timedelta(days=DAILY_DAYS - 1)
    first = max(first, export.world.first_day)
    for advertiser in media.ADVERTISERS:
        name = f"long_transfer_{advertiser}_{first:%Y%m%d}-{export.until:%Y%m%d}"
        items = link_items(export.world, first, export.until, export.at, advertiser)
        path = export.path("qianchuan", "order_links", name, suffix="jsonl")
        yield write_answers(path, items, {"advertiser_id": advertiser})


def link_items(world: World, first: date, last: date, at: int, advertiser: int) -> pa.Array:
    """One JSON object per order placed on first..last and plan of the account that its journey met, as known at `at`.

    pay_type DIRECT where the platform gives the order to that plan, INDIRECT where the plan only met it before.
    """
    parts = [pa.array([], TEXT)]
    for number in range(max(0, world.number(first)), min(world.days - 1, world.number(last)) + 1):
        cohort = world.cohort(number)
        found = claims(cohort)
        mine = (media.AD_PLATFORM == QIANCHUAN) & (np.array(media.AD_ADVERTISER) == media.ADVERTISERS.index(advertiser))
        found = found.take(mine[found.ad])
        order = cohort.orders.take(found.order_i)
        due = per_order(cohort.lines, cohort.lines.payable_fen, cohort.orders.rows)[found.order_i]
        known = order.ordered_at <= at
        items = json_objects(
            order_id=numbers(order.order_id),
            ad_id=numbers(media.AD_IDS[found.ad]),
            ad_name=pick(found.ad, quoted([plan.name for plan in media.PLANS])),
            order_amount=money(due),
            order_place_time=join('"', stamps(order.ordered_at), '"'),
            is_pay=where(happened(order.paid_at, at), "true", "false"),
            pay_type=where(found.direct, '"DIRECT"', '"INDIRECT"'),
            order_flow_source=where(media.AD_ROOM[found.ad] >= 0, '"LIVE"', '"VIDEO"'),
        )
        parts.append(items.filter(pa.array(known)))
    return pa.concat_arrays(parts)
