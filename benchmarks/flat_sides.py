"""Processes of the benchmark of histories: lengthen a history, or put one more day into the inbox. Not measured themselves."""

from __future__ import annotations

import datetime as dt
import json
import sys
from pathlib import Path

FIRST = dt.date(2025, 9, 1)
#: what the core marts read; the other datasets cost their landing, which history does not change
ONLY = (
    "douyin.orders", "douyin.orders_api", "douyin.after_sales", "qianchuan.ad_reports", "kuaidi100.tracks", "erp.stock", "shop.products",
    "shop.warehouses", "web.touchpoints", "crm.identity_links",
)  # fmt: skip


def write_days(home: str, world_days: str, lines: str, since: str, until: str) -> list[Path]:
    """Write the exports of the days since..until (1 is the first) of a company of `world_days` days into the inbox."""
    from simulator.exports import write_exports
    from simulator.world import World

    span = [FIRST + dt.timedelta(days=int(number) - 1) for number in (since, until)]
    return write_exports(World(7, FIRST, int(world_days), int(lines)), Path(home) / "inbox", *span, only=ONLY)


def history(home: str, world_days: str, lines: str, since: str, until: str) -> None:
    """Land the days since..until, as the few overlapping exports of a span; build everything afresh and publish it."""
    from ingest.pipeline import land_inbox
    from ingest.registry import sources
    from warehouse import steps

    write_days(home, world_days, lines, since, until)
    last = FIRST + dt.timedelta(days=int(until) - 1)
    where = Path(home).resolve()
    for source in sources():
        land_inbox(source.name, home=where)
    run_id = f"history_{until}"
    steps.build_candidate(run_id, last, home=where, rebuild=True)
    steps.check_candidate(run_id, home=where)
    steps.publish_candidate(run_id, home=where)
    print(json.dumps({"last": last.isoformat()}))


def day(home: str, world_days: str, lines: str, number: str, _: str) -> None:
    """Put the daily files of one day into the inbox."""
    written = write_days(home, world_days, lines, number, number)
    day = FIRST + dt.timedelta(days=int(number) - 1)
    print(json.dumps({"day": day.isoformat(), "files": len(written)}))


def nodes(home: str) -> None:
    """Seconds of every node of the newest build of a home."""
    import duckdb

    newest = max((Path(home) / "ledger" / "model_runs").glob("*.parquet"), key=lambda p: p.stat().st_mtime_ns)
    rows = duckdb.execute(f"select node_name, sum(seconds) from read_parquet('{newest}') group by all").fetchall()
    print(json.dumps(dict(rows)))


if __name__ == "__main__":
    {f.__name__: f for f in (history, day, nodes)}[sys.argv[1]](*sys.argv[2:])
