"""Competitors' sessions and prices, as an observation service delivers them."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from simulator import names
from simulator.company import market
from simulator.csvfile import write_csv
from simulator.days import DAY
from simulator.exports.context import Export
from simulator.exports.spans import days_since_1970
from simulator.frame import NONE
from simulator.text import join, money, numbers, pick, stamps, where

LOOK_BACK_DAYS = 7


def write(export: Export) -> Iterator[Path]:
    """competitor_sessions and competitor_prices of the span, or of the last seven days."""
    days = days_since_1970(export, LOOK_BACK_DAYS)
    world = export.world
    held = market.sessions_of_days(world.seed, days.start - 1, days.stop - 1)
    # a session is reported once it is over
    held = held.take((held.ended_at <= export.at) & (held.ended_at // DAY >= days.start))
    yield write_csv(
        export.path("market", "competitor_sessions", "competitor_sessions"),
        {
            "competitor_id": pick(held.competitor, market.COMPETITORS),
            "session_id": join("x", numbers(held.session_id)),
            "started_at": stamps(held.started_at),
            "ended_at": stamps(held.ended_at),
            "category": pick(held.category, [row[0] for row in names.CATEGORIES]),
            "viewers": numbers(held.viewers),
            "avg_watch_seconds": numbers(held.watch_seconds),
            "interactions": numbers(held.interactions),
            "orders": where(held.orders == NONE, "", numbers(held.orders)),
            "gmv_cny": where(held.gmv_fen == NONE, "", money(np.maximum(held.gmv_fen, 0))),
        },
    )
    prices = market.prices_of_days(world, days.start, days.stop - 1)
    yield write_csv(
        export.path("market", "competitor_prices", "competitor_prices"),
        {
            "product_id": numbers(world.catalogue.products.product_id[prices.product_i]),
            "competitor_id": pick(prices.competitor, market.COMPETITORS),
            "seen_at": stamps(prices.seen_at),
            "price_cny": money(prices.price_fen),
        },
    )
