"""`python -m benchmarks.parcel_truth`: how well parcels and tickets are judged, against what the simulator planted.

Prints the table that stands in docs/marts/logistics.md. What the warehouse could not know by its last export (a parcel that has not
left, a stand-still that is still to come) is no part of the truth that it is held to.
"""

from __future__ import annotations

import argparse
import datetime as dt
import shutil
import tempfile
from dataclasses import replace
from pathlib import Path

READ = (
    "douyin.orders", "douyin.orders_api", "douyin.after_sales", "douyin.after_sales_api", "douyin.settlements", "douyin.fund_flows",
    "kuaishou.orders", "weixin.orders", "taobao.orders", "kuaidi100.tracks", "crm.service_tickets", "crm.members", "shop.products",
)  # fmt: skip
FIRST = dt.date(2026, 9, 1)
#: (what, table of the truth with key and fact, SQL of the warehouse's key and verdict)
SCORED = (
    (
        "shipped after the promise",
        "select tracking_no as key, shipped_late_seconds > 0 as fact from truth_parcels where shipped_at <= $at",
        "select tracking_no as key, is_ship_late as verdict from marts.parcel_sla where shipped_at is not null",
    ),
    (
        "stood still on the way",
        "select tracking_no as key, stalled and shipped_at + (signed_at - shipped_at) * 0.7 <= $at as fact from truth_parcels where shipped_at <= $at",
        "select tracking_no as key, is_stalled as verdict from marts.parcel_sla where is_tracked",
    ),
    (
        "delivered after its hours, or overdue",
        "select truth.tracking_no as key, truth.signed_at > sla.delivery_due_at and sla.delivery_due_at < sla.looked_at as fact"
        " from truth_parcels as truth join (select *, $looked as looked_at from marts.parcel_sla) as sla using (tracking_no) where truth.shipped_at <= $at",
        "select tracking_no as key, is_delivery_late as verdict from marts.parcel_sla where is_tracked",
    ),
    (
        "signed",
        "select tracking_no as key, signed_at <= $at as fact from truth_parcels where shipped_at <= $at",
        "select tracking_no as key, delivered_at is not null as verdict from marts.parcel_sla where is_tracked",
    ),
    (
        "answered within the hour",
        "select ticket_id as key, answered_within_1h as fact from truth_tickets",
        "select ticket_id as key, is_answered_in_time as verdict from marts.fct_service_tickets where is_answered_in_time is not null",
    ),
)


def build(home: Path, days: int, orders_per_day: int) -> Path:
    """Simulate a company with every quirk on, land what the models read, build; returns the candidate file."""
    from ingest import ledger
    from ingest.landing import land_file
    from simulator.exports import write_exports
    from simulator.truth import write_truth
    from simulator.world import World
    from warehouse import candidate, steps
    from warehouse.layout import candidate_file

    last = FIRST + dt.timedelta(days=days - 1)
    world = World(seed=11, first_day=FIRST, days=days, orders_per_day=orders_per_day)
    for path in write_exports(world, home / "exports", FIRST, last, only=READ):
        source, dataset = path.relative_to(home / "exports").parts[:2]
        land_file(path, source, dataset, home)
    write_truth(world, home / "truth", FIRST, last)
    for load in ledger.read_loads(home):
        if load.status == "loaded":
            ledger.write_load(home, replace(load, gate="passed"))
    candidate.LEFT_OUT = candidate.BUT_MODELS
    steps.build_candidate("truth", last, home=home)
    return candidate_file(home, "truth")


def score(home: Path, built: Path, days: int) -> list[tuple[str, int, int, int, int, float, float]]:
    """(what, judged, planted, found, right, precision, recall) by line of SCORED."""
    import duckdb

    last = FIRST + dt.timedelta(days=days - 1)
    looked = dt.datetime.combine(last + dt.timedelta(days=1), dt.time())
    found = []
    with duckdb.connect(str(built), read_only=True) as connection:
        for name in ("parcels", "tickets"):
            connection.execute(
                f"create temp view truth_{name} as from read_parquet('{home / 'truth' / (name + '.parquet')}')"
            )
        for what, truth, verdict in SCORED:
            sql = f"select count(*), count(*) filter (fact), count(*) filter (verdict), count(*) filter (fact and verdict) from ({truth}) join ({verdict}) using (key)"
            known = {"at": looked + dt.timedelta(hours=2), "looked": looked}
            judged, planted, told, right = connection.execute(
                sql, {k: v for k, v in known.items() if f"${k}" in sql}
            ).fetchone()
            found.append((what, judged, planted, told, right, right / max(told, 1), right / max(planted, 1)))
    return found


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.parcel_truth", description=__doc__.splitlines()[0])
    parser.add_argument("--days", type=int, default=21)
    parser.add_argument("--orders", type=int, default=400, help="orders a day")
    parser.add_argument("--home", type=Path, help="keep the files here")
    chosen = parser.parse_args()
    home = chosen.home or Path(tempfile.mkdtemp(prefix="fupan-truth-"))
    try:
        built = build(home.resolve(), chosen.days, chosen.orders)
        print("| verdict | judged | planted | found | right | precision | recall |\n|---|---|---|---|---|---|---|")
        for what, *counts, precision, recall in score(home.resolve(), built, chosen.days):
            print(f"| {what} | {' | '.join(f'{n:,}' for n in counts)} | {precision:.3f} | {recall:.3f} |")
    finally:
        if not chosen.home:
            shutil.rmtree(home, ignore_errors=True)


if __name__ == "__main__":
    main()
