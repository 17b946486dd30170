"""The planted truth of channels (渠道真实增量): what each one claims, closes, and truly causes."""

import csv
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from simulator import media
from simulator.ads import ad_hours
from simulator.days import DAY
from simulator.money import gmv_fen, per_order
from simulator.status import happened
from simulator.text import numbers, pick
from simulator.world import Cohort, World

SETTLED = 60 * DAY
"""After this time no ad figure moves any more."""
GROUPS = {
    "qianchuan": ("qianchuan_live", "qianchuan_video", "qianchuan_retarget"),
    "tencent_ads": ("tencent_live", "tencent_feed"),
    "kuaishou_ads": ("kuaishou_live",),
    "live_recommend": ("live_recommend", "weixin_recommend", "kuaishou_recommend"),
    "referral": ("short_video",),
    "search": ("baidu",),
    "kol": ("xiaohongshu",),
    "wecom": ("wecom",),
    "sms": ("sms",),
    "direct": ("direct",),
    "kol_zhang_2026": ("undeclared",),
}
"""The channels as a warehouse can tell them apart by the touches (dbt_project/seeds/channel_rules.csv)."""


def write_effects(world: World, cohort: Cohort, folder: Path, since: date, until: date, at: int) -> list[Path]:
    """Writes channel_effects.csv and order_causes.parquet for the cohort of since..until as known at `at`."""
    table = effects_table(world, cohort, since, until, at)
    effects = folder / "channel_effects.csv"
    with effects.open("w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, list(table[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(table)
    causes = folder / "order_causes.parquet"
    pq.write_table(causes_table(cohort), causes)
    return [effects, causes]


def effects_table(world: World, cohort: Cohort, since: date, until: date, at: int) -> list[dict]:
    """One row per simulated channel (level=channel) and per warehouse channel (level=warehouse).

    orders, gmv_cny: paid orders whose person the channel reached; last_touch_*: those that it touched last;
    incremental_*: those that would not exist without it, everything else equal (common random numbers), so the rows
    of one level overlap and do not add up to all orders. effect: what an exposure adds to the chance to order (blank
    for a group). spend_cny: final ad spend of the days since..until; 0 for what nobody charges for.
    """
    orders = cohort.orders
    paid = np.flatnonzero(happened(orders.paid_at, at))
    gmv = per_order(cohort.lines, gmv_fen(cohort.lines), orders.rows)[paid]
    prospect = cohort.prospects.take(orders.prospect_i[paid])
    spend = _spend_by_channel(world, since, until, at)
    effect = np.array([c.effect for c in media.CHANNELS])
    levels = [("channel", c.name, (c.name,)) for c in media.CHANNELS]
    levels += [("warehouse", name, members) for name, members in GROUPS.items()]
    rows = []
    for level, name, members in levels:
        index = [media.channel_number(member) for member in members]
        reached = prospect.exposed[:, index].any(1)
        without = prospect.chance - prospect.exposed[:, index] @ effect[index]
        caused = reached & (prospect.luck >= without)
        last = np.isin(orders.channel[paid], index)
        rows.append(
            {
                "level": level,
                "channel": name,
                "effect": effect[index[0]] if level == "channel" else "",
                "exposed_prospects": int(cohort.prospects.exposed[:, index].any(1).sum()),
                "orders": int(reached.sum()),
                "last_touch_orders": int(last.sum()),
                "incremental_orders": int(caused.sum()),
                "gmv_cny": _yuan(gmv[reached].sum()),
                "last_touch_gmv_cny": _yuan(gmv[last].sum()),
                "incremental_gmv_cny": _yuan(gmv[caused].sum()),
                "spend_cny": _yuan(spend[index].sum()),
            }
        )
    return rows


def causes_table(cohort: Cohort) -> pa.Table:
    """One row per order and channel that reached its person: is it the last touch, would the order not exist without?"""
    orders = cohort.orders
    order_i, channel = np.nonzero(cohort.prospects.exposed[orders.prospect_i])
    prospect = cohort.prospects.take(orders.prospect_i[order_i])
    effect = np.array([c.effect for c in media.CHANNELS])[channel]
    return pa.table(
        {
            "order_id": numbers(orders.order_id[order_i]),
            "channel": pick(channel, [c.name for c in media.CHANNELS]),
            "is_last_touch": orders.channel[order_i] == channel,
            "is_caused": prospect.luck >= prospect.chance - effect,
        }
    )


def _spend_by_channel(world: World, since: date, until: date, at: int) -> np.ndarray:
    """Final spend in fen of the days, by channel."""
    spend = np.zeros(len(media.CHANNELS), np.int64)
    last = min(until, world.last_day + timedelta(days=1))
    for platform in media.AD_PLATFORMS:
        hours = ad_hours(world, since, last, at + SETTLED, platform)
        np.add.at(spend, media.AD_CHANNEL[hours.ad], hours.spend_fen)
    return spend


def _yuan(fen: int) -> Decimal:
    return Decimal(int(fen)).scaleb(-2)
