"""Writes the company's exports as a person or a cron job would have dropped them into the inbox."""

from collections.abc import Callable, Iterable
from datetime import date
from pathlib import Path

from simulator.exports import (
    comments,
    crm,
    douyin_after_sales,
    douyin_after_sales_api,
    douyin_api,
    douyin_fund_flows,
    douyin_orders,
    douyin_settlements,
    erp,
    erp_purchases,
    erp_stock_out,
    jst_orders,
    kuaidi,
    kuaishou_ads,
    kuaishou_orders,
    live_minutes,
    live_products,
    live_sessions,
    market,
    plan,
    qianchuan,
    qianchuan_boosts,
    qianchuan_links,
    qianchuan_materials,
    qianchuan_rooms,
    shop,
    supply,
    taobao_orders,
    tencent,
    web,
    wecom,
    weixin_orders,
)
from simulator.exports.context import Export
from simulator.exports.running import Wanted, run_writers
from simulator.quirks import resolve
from simulator.world import World

WRITERS = (
    ("shop", shop.write),
    ("crm", crm.write),
    ("web", web.write),
    ("douyin.orders", douyin_orders.write),
    ("douyin.orders_api", douyin_api.write),
    ("douyin.after_sales", douyin_after_sales.write),
    ("qianchuan.ad_reports", qianchuan.write),
    ("kuaidi100.tracks", kuaidi.write),
    ("erp.stock", erp.write),
    ("douyin.after_sales_api", douyin_after_sales_api.write),
    ("douyin.settlements", douyin_settlements.write),
    ("douyin.fund_flows", douyin_fund_flows.write),
    ("kuaishou.orders", kuaishou_orders.write),
    ("weixin.orders", weixin_orders.write),
    ("taobao.orders", taobao_orders.write),
    ("erp.stock_out", erp_stock_out.write),
    ("erp.stock_out", jst_orders.write),
    ("erp.purchases", erp_purchases.write),
    ("plan", plan.write),
    ("market", market.write),
    ("supply", supply.write),
    ("wecom", wecom.write),
    ("douyin.live_sessions", live_sessions.write),
    ("douyin.live_minutes", live_minutes.write),
    ("douyin.live_products", live_products.write),
    ("douyin.comments", comments.write),
    ("kuaishou.ad_reports", kuaishou_ads.write),
    ("qianchuan.ad_reports", qianchuan_boosts.write),
    ("qianchuan.material_reports", qianchuan_materials.write),
    ("qianchuan.order_links", qianchuan_links.write),
    ("qianchuan.room_reports", qianchuan_rooms.write),
    ("tencent.ad_reports", tencent.write),
)


def write_exports(
    world: World,
    inbox: Path,
    since: date,
    until: date,
    quirks: Iterable[str] | None = None,
    progress: Callable[[Path], None] | None = None,
    only: Iterable[str] = (),
    processes: int | None = None,
) -> list[Path]:
    """Writes inbox/<source>/<dataset>/<file> for the days since..until and returns the paths.

    More than one day gives the history: a few overlapping files a dataset, in different layouts and encodings. One day
    gives one file a dataset, which exports the recent days again, so that statuses, refunds and tracks change. What a
    file holds depends on the world, the days and the quirks (None = all) alone. `progress` is called with each path.
    `only` names datasets (source.dataset) or whole sources; none means all. The writers share `processes` (None =
    as many as pay). Raises ValueError when the span is empty or outside the world, a quirk is unknown, or a name of
    `only` stands for no file.
    """
    if since > until:
        raise ValueError(f"since {since} is after until {until}")
    if since < world.first_day or until > world.last_day:
        raise ValueError(f"{since}..{until} is not within the world's days {world.first_day}..{world.last_day}")
    wanted = Wanted(tuple(only))
    writers = [write for name, write in WRITERS if wanted.writer(name)]
    wanted.check_sources({name.split(".")[0] for name, _ in WRITERS})
    # Writers make several datasets at once: with a choice they write aside, and only what was asked for moves in.
    with wanted.folder(Path(inbox)) as aside:
        export = Export(world, aside, since, until, resolve(quirks))
        written: list[Path] = []
        for path in run_writers(export, writers, processes):
            place = wanted.keep(path, aside, Path(inbox))
            if place is None:
                continue
            written.append(place)
            if progress:
                progress(place)
    wanted.check_found(written, Path(inbox))
    return written
