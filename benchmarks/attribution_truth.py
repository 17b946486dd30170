"""How far each attribution model is from what the channels truly caused: `python -m benchmarks.attribution_truth`.

A company is simulated whose every order has a known cause (simulator/effects.py); its exports are landed and built as any other,
and the credit of the eight models is set beside the orders that would not exist without a channel. Prints two tables in Markdown.
"""

from __future__ import annotations

import argparse
import csv
import datetime as dt
import tempfile
from pathlib import Path

#: what attribution reads; the other datasets change no credit
DATASETS = (
    "douyin.orders", "douyin.orders_api", "douyin.after_sales", "qianchuan.ad_reports", "shop.products", "web.touchpoints", "crm.identity_links",
)  # fmt: skip
MODELS = ("first", "last", "last_non_direct", "linear", "position", "time_decay", "shapley", "markov")
FIRST = dt.date(2026, 7, 3)


def main() -> None:
    """Simulate, land, build, compare."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.attribution_truth", description=__doc__.splitlines()[0])
    parser.add_argument("--days", type=int, default=60, help="days of the company (default 60)")
    parser.add_argument("--orders", type=int, default=150, help="orders a day (default 150)")
    parser.add_argument("--seed", type=int, default=7)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="fupan-truth-") as folder:
        home = Path(folder) / "home"
        last = FIRST + dt.timedelta(days=chosen.days - 1)
        truth = _simulate(chosen, home / "inbox", Path(folder) / "truth", last)
        credits, low_high = _build(home, last)
    _print(chosen, truth, credits, low_high)


def _simulate(chosen: argparse.Namespace, inbox: Path, truth: Path, last: dt.date) -> dict[str, tuple[int, int]]:
    """Writes the exports; returns channel -> (orders that it reached, orders that it caused), as the warehouse tells channels apart."""
    from simulator.exports import write_exports
    from simulator.truth import write_truth
    from simulator.world import World

    world = World(seed=chosen.seed, first_day=FIRST, days=chosen.days, orders_per_day=chosen.orders)
    write_exports(world, inbox, FIRST, last, only=DATASETS)
    write_truth(world, truth, FIRST, last)
    with (truth / "channel_effects.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["level"] == "warehouse"]
    return {row["channel"]: (int(row["orders"]), int(row["incremental_orders"])) for row in rows}


def _build(home: Path, last: dt.date) -> tuple[dict[str, dict[str, float]], dict[str, tuple[float, float]]]:
    """Lands and builds; (model -> channel -> orders, channel -> Markov's interval) of the 90 days that end with the last."""
    import duckdb

    from ingest.pipeline import land_inbox
    from ingest.registry import sources
    from warehouse import candidate, steps
    from warehouse.layout import candidate_file

    for source in sources():
        land_inbox(source.name, home=home)
    candidate.LEFT_OUT = candidate.BUT_MODELS
    steps.build_candidate("truth", last, home=home)
    with duckdb.connect(str(candidate_file(home, "truth")), read_only=True) as connection:
        found = connection.execute(
            "select model, channel, orders::double from marts.attribution_periods where period_type = 'rolling_90d' and last_date = ?", [last]
        ).fetchall()  # fmt: skip
        between = connection.execute(
            "select channel, credit_low::double, credit_high::double from marts.channel_removal_effects where period_type = 'rolling_90d' and last_date = ?", [last]
        ).fetchall()  # fmt: skip
    credits: dict[str, dict[str, float]] = {model: {} for model in MODELS}
    for model, channel, orders in found:
        credits[model][channel] = orders
    return credits, {channel: (low, high) for channel, low, high in between}


def ranks(values: list[float]) -> list[float]:
    """Ranks from 1 for the smallest; equal values share the mean of theirs."""
    ordered = sorted(values)
    return [ordered.index(v) + (ordered.count(v) + 1) / 2 for v in values]


def rank_correlation(one: list[float], other: list[float]) -> float:
    """Spearman's: 1 the same order, 0 none, -1 the reverse."""
    a, b = ranks(one), ranks(other)
    mean = (len(a) + 1) / 2
    top = sum((x - mean) * (y - mean) for x, y in zip(a, b, strict=True))
    bottom = (sum((x - mean) ** 2 for x in a) * sum((y - mean) ** 2 for y in b)) ** 0.5
    return top / bottom if bottom else 0.0


def moved(credit: list[float], caused: list[float]) -> float:
    """The part of all credit that stands with another channel than the one that caused it: half the sum of |differences of shares|."""
    return sum(abs(c / sum(credit) - t / sum(caused)) for c, t in zip(credit, caused, strict=True)) / 2


def _print(chosen: argparse.Namespace, truth: dict, credits: dict, between: dict) -> None:
    channels = sorted((c for c in truth if c in credits["linear"]), key=lambda c: -truth[c][1])
    unknown = {c: o for c, o in credits["linear"].items() if c not in truth and o > 0}
    print(
        f"`python -m benchmarks.attribution_truth --days {chosen.days} --orders {chosen.orders} --seed {chosen.seed}`\n"
    )
    print(f"| channel | reached | caused | {' | '.join(MODELS)} | markov, 95 % |\n|---|---|---|{'---|' * 9}")
    for channel in channels:
        low, high = between.get(channel, (0, 0))
        told = " | ".join(f"{credits[model].get(channel, 0):,.0f}" for model in MODELS)
        print(f"| {channel} | {truth[channel][0]:,} | {truth[channel][1]:,} | {told} | {low:,.0f}-{high:,.0f} |")
    print(f"\nWithout a planted cause: {', '.join(f'{c} {o:,.0f}' for c, o in sorted(unknown.items()))} (linear).\n")
    print("| model | rank correlation with caused | credit with the wrong channel |\n|---|---|---|")
    caused = [truth[c][1] for c in channels]
    for model in (*MODELS, "reached"):
        mine = [truth[c][0] if model == "reached" else credits[model].get(c, 0.0) for c in channels]
        print(f"| {model} | {rank_correlation(mine, caused):.2f} | {100 * moved(mine, caused):.1f} % |")


if __name__ == "__main__":
    main()
