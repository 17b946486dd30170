"""The synthetic company of these tests: 60 order lines a day, five days."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

#: what the models read; a dataset that none reads yet costs its landing and changes no mart
MODELLED = (
    "douyin.orders", "douyin.orders_api", "douyin.after_sales", "qianchuan.ad_reports", "kuaidi100.tracks", "erp.stock",
    "shop.products", "shop.reviews", "shop.warehouses", "market.competitor_prices", "supply.supplier_cases", "web.touchpoints", "crm.identity_links", "kuaishou.orders", "weixin.orders", "taobao.orders",
    "shop.experiments", "shop.experiment_assignments",
    "douyin.after_sales_api", "douyin.settlements", "douyin.fund_flows", "crm.service_tickets", "crm.members",
    "douyin.live_sessions", "douyin.live_minutes", "douyin.live_products", "plan.live_schedule",
    "qianchuan.material_reports", "qianchuan.room_reports", "qianchuan.order_links", "tencent.ad_reports", "kuaishou.ad_reports",
    "erp.stock_out", "erp.stock_in", "erp.purchase_orders", "supply.suppliers", "plan.promotions",
)  # fmt: skip
FIRST, LAST = dt.date(2026, 9, 1), dt.date(2026, 9, 5)


@dataclass(frozen=True)
class Company:
    """Files as (source, dataset, path): the first four days, the fifth day's daily exports, and the truth's folder."""

    history: list[tuple[str, str, Path]]
    daily: list[tuple[str, str, Path]]
    truth: Path


def write(folder: Path) -> Company:
    """Write the exports with all quirks on, into folder/history and folder/daily, and the truth as known after the fifth day."""
    from simulator.exports import write_exports
    from simulator.truth import write_truth
    from simulator.world import World

    world = World(seed=5, first_day=FIRST, days=5, orders_per_day=60)
    before = LAST - dt.timedelta(days=1)
    written = {
        name: write_exports(world, folder / name, since, until, only=MODELLED)
        for name, since, until in (("history", FIRST, before), ("daily", LAST, LAST))
    }
    write_truth(world, folder / "truth", FIRST, LAST)
    placed = {name: [_placed(folder / name, path) for path in paths] for name, paths in written.items()}
    return Company(placed["history"], placed["daily"], folder / "truth")


def _placed(inbox: Path, path: Path) -> tuple[str, str, Path]:
    source, dataset = path.relative_to(inbox).parts[:2]
    return source, dataset, path
