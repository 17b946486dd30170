"""Parcels at size: the full build by step, a day more on two lengths of history, and pandas on the part that it can hold.

Full size: 10,000,000 parcels with 80,000,000 events. What landing costs is measured elsewhere: here the raw objects are written by DuckDB.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

from benchmarks.measure import Measured, side
from benchmarks.result import Result, Row

MIB = 1024 * 1024
_FULL = 10_000_000  # parcels; FUPAN_BENCH_PARCELS takes fewer, and the page says how many
_EVENTS = 8
_DAY_SHARE = 0.005
_PANDAS = 500_000
#: of DuckDB: ten million orders have as many journeys, whose texts are joined in memory
_MEMORY = "7GB"
#: models of the family, in the order of building
STEPS = (
    "stg_kuaidi100__parcel_events", "int_parcel_orders", "fct_parcel_events", "fct_parcels", "int_parcel_order_facts", "int_parcel_clocks", "parcel_sla",
    "carrier_scorecard", "int_parcel_delays", "int_late_order_parcels", "delayed_parcels",
)  # fmt: skip


def run(scratch: Path, *, quick: bool, repeats: int, tell: Callable[[str], None]) -> Result:
    """One build of all parcels, a day more on it, and a day as large on a quarter of the history. Run once: it takes minutes."""
    parcels = 20_000 if quick else int(os.environ.get("FUPAN_BENCH_PARCELS", _FULL))
    day = max(200, int(parcels * _DAY_SHARE))
    os.environ.setdefault("FUPAN_MEMORY_LIMIT", _MEMORY)
    samples = {}
    for name, count in (("a quarter of the history", parcels // 4), ("all of it", parcels)):
        home = scratch / "parcels"
        shutil.rmtree(home, ignore_errors=True)
        samples[name] = side("build_parcels", home, count, day)
        tell(f"{name}: {count:,} parcels, {samples[name].wall_seconds:.0f} s")
        shutil.rmtree(home, ignore_errors=True)
    few = min(parcels, _PANDAS)
    pandas = side("parcels_in_pandas", few)
    told, short = samples["all of it"].told, samples["a quarter of the history"].told
    share = few / parcels
    rows = [
        Row("full build of the parcel models", sum(told["full"].values()), "s"),
        *[Row(f"full build: {name}", told["full"][name], "s") for name in STEPS],
        Row(f"a day more ({day:,} parcels), the parcel models", sum(told["day"].values()), "s", note=f"rows equal to a rebuild's count: {told['parcels']:,}"),
        Row("the same day on a quarter of the history", sum(short["day"].values()), "s"),
        Row("day on all of it / day on a quarter", sum(told["day"].values()) / sum(short["day"].values()), "x", note="1 = flat"),
        Row(f"pandas, first and last event and lateness of {few:,} parcels", pandas.told["seconds"], "s", note=f"ours for as many: {sum(told['full'].values()) * share:.1f} s"),
        Row("peak memory, ours", samples["all of it"].peak_bytes / MIB, "MiB"),
        Row("peak memory, pandas", pandas.peak_bytes / MIB, "MiB"),
    ]  # fmt: skip
    sides = [Measured(name, (sample,)) for name, sample in samples.items()] + [Measured("pandas", (pandas,))]
    return Result("parcels", f"{parcels:,} parcels with {parcels * _EVENTS:,} events", parcels >= _FULL, rows, sides, {"parcels": parcels, "events": parcels * _EVENTS, "parcels_of_the_day": day, "duckdb_memory_limit": os.environ["FUPAN_MEMORY_LIMIT"]})  # fmt: skip
