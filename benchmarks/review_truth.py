"""`python -m benchmarks.review_truth`: how right the causes of bad reviews are, on labelled reviews and on planted truth.

Prints the tables that stand in docs/marts/products.md. A labelled file of one's own (CSV with content,cause) is scored by its path.
"""

from __future__ import annotations

import argparse
import datetime as dt
import tempfile
from pathlib import Path

from benchmarks.measure import PROJECT
from enrich.review_causes import report, samples

HELD_OUT = PROJECT / "tests" / "unit" / "enrich" / "reviews_held_out.csv"
FIRST, DAYS, ORDERS = dt.date(2026, 9, 1), 30, 2000


def simulated(folder: Path) -> list[tuple[str, str]]:
    """(content, planted cause) of the bad reviews that a simulated company gets in a month; as landed, people scrubbed."""
    import duckdb
    import pyarrow.parquet as pq

    from ingest.landing import land_file
    from simulator.exports import write_exports
    from simulator.truth import write_truth
    from simulator.world import World

    world = World(seed=5, first_day=FIRST, days=DAYS, orders_per_day=ORDERS)
    until = FIRST + dt.timedelta(days=DAYS - 1)
    for path in write_exports(world, folder / "inbox", FIRST, until, only=("shop.reviews",)):
        land_file(path, "shop", "reviews", folder / "home")
    words = dict(duckdb.sql(f"select review_id, content from '{folder}/home/raw/shop/reviews/*.parquet'").fetchall())
    write_truth(world, folder / "truth", FIRST, until)
    truth = pq.read_table(
        next((folder / "truth").rglob("review_causes.parquet")), columns=["review_id", "cause"]
    ).to_pylist()
    return [(words[r["review_id"]], r["cause"]) for r in truth if r["cause"] and r["review_id"] in words]


def table(title: str, labelled: list[tuple[str, str]]) -> str:
    """A Markdown table: precision and recall by cause, and the share that is right."""
    lines = [
        f"**{title}**",
        "",
        "| cause | reviews | found | right | precision | recall |",
        "|---|---|---|---|---|---|",
    ]
    for row in report(labelled):
        rates = [("" if row[k] is None else f"{row[k]:.2f}") for k in ("precision", "recall")]
        lines.append(f"| {row['cause']} | {row['n']} | {row['found']} | {row['right']} | {' | '.join(rates)} |")
    return "\n".join(lines) + "\n"


def main() -> None:
    """Print both tables, or the one of a file."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.review_truth", description=__doc__)
    parser.add_argument("file", nargs="?", type=Path, help="a labelled CSV of your own: content,cause")
    chosen = parser.parse_args()
    if chosen.file:
        print(table(chosen.file.name, samples(chosen.file)))
        return
    print(table("Held-out reviews, labelled by hand", samples(HELD_OUT)))
    with tempfile.TemporaryDirectory() as folder:
        print(table(f"Bad reviews of a simulated month ({ORDERS:,} order lines a day)", simulated(Path(folder))))


if __name__ == "__main__":
    main()
