"""The sides of the attribution benchmark: `python -m benchmarks.attribution_world NAME ARGUMENTS`; the last line is a JSON object.

The inputs of the attribution models are made by hashes, so every run has the same; the models, dbt and the enrich step are the
project's own. dbt runs one model after the other, so that each has the whole machine and the seconds add up.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path

from benchmarks.measure import PROJECT

DAYS, FIRST = 90, "2026-07-01"
BEFORE = (
    "int_attribution_model_names", "int_journey_touches", "int_journeys", "int_attribution_touches", "attribution_credits", "attribution_journeys",
    "int_attribution_days", "attribution_channels", "int_journeys_null", "int_attribution_path_days", "int_attribution_spans", "int_attribution_span_days", "int_attribution_paths",
)  # fmt: skip
AFTER = ("channel_removal_effects", "attribution_periods")
#: journeys by lot: one in five ends in an order; those have 3 touches on average, the others 1.75
_WORLD = """
create schema seeds; create schema staging; create schema intermediate; create schema marts; create schema raw;
create schema enriched;
create table raw.run as select false as continues;
create table raw.model_keys (name varchar, key varchar);
create table seeds.touch_event_types as select 'click' as event_type, true as is_touch, 'clicks' as funnel_stage;
create table seeds.channels as select 'c' || i as channel from range({channels}) as t(i);
create table intermediate.int_data_span as select date '{first}' as first_date, date '{first}' + {last} as last_date, date '{first}' + {last} as as_of;
create table marts.dim_date as select d::date as date, date_trunc('month', d)::date as month_start_date, d::date = date '{first}' + {last} as is_as_of
    from generate_series(timestamp '{first}', timestamp '{first}' + interval {last} day, interval 1 day) as t(d);
create temp table chance as select i, least(20, floor(-ln(1 - (hash(i, 1) % 1000003) / 1000003.0) / (case when i % 5 = 0 then 0.4055 else 0.8473 end))::int + 1) as touches,
    md5('u' || hash(i, 2) % {customers}) as customer_key,
    timestamp '{first}' + to_seconds({begin} * 86400 + hash(i, 3) % ({days} * 86400)) as begun_at
    from range({low}, {high}) as t(i);
create table touched as
    select 'e' || i || '-' || k as event_id, least(begun_at + to_seconds(k * 21600 + hash(i, k) % 7200), timestamp '{first}' + interval {last} day + interval 86399 second) as occurred_at,
        customer_key, 'c' || floor({channels} * pow((hash(i, k, 7) % 1000003) / 1000003.0, 2))::int as channel, 'k' || hash(i, k, 8) % 50 as campaign, i, k, touches
    from chance, range(0, touches) as r(k);
create table new_touchpoints as
    select event_id, occurred_at, occurred_at::date as event_date, 'click' as event_type, customer_key, channel, true as is_mapped, campaign,
        null::varchar as ad_platform, 'a' || hash(event_id) % 500 as ad_id, null::varchar as creative_id, null::varchar as audience_id, null::varchar as live_session_id
    from touched;
create table new_orders as
    select 'douyin' as platform, '69' || lpad(i::varchar, 17, '0') as order_id, customer_key, occurred_at + interval 1 second as ordered_at,
        occurred_at + interval 1 second as paid_at, occurred_at + interval 1 second as decided_at, occurred_at::date as paid_date, true as is_paid,
        ((hash(i, 9) % 50000 + 100) / 100)::decimal(18,2) as gmv_cny, (case when i % 50 = 0 then 1 else 0 end)::decimal(18,2) as refund_to_date_cny
    from touched where i % 5 = 0 and k = touches - 1;
create table new_ad_hours as
    select date '{first}' + {begin} + d::int as stat_date, 'c' || c as channel, 'k' || c % 50 as campaign_id, (100 + c)::decimal(18,2) as spend_cny
    from range({days}) as t(d), range({channels} // 2) as u(c);
drop table touched;
"""


def make(path: str, touches: int, channels: int) -> None:
    """The inputs of 90 days with about so many touches and a tenth as many orders, and one day more for later."""
    import duckdb

    from enrich.run import OF_A_RUN

    journeys = touches // 2
    Path(path).unlink(missing_ok=True)
    # temporary tables that go into one file and are made twice: 90 days, then the day after
    with duckdb.connect(path) as connection:
        numbers = {"first": FIRST, "channels": channels, "customers": journeys * 3 // 5}
        for statement in _WORLD.format(**numbers, last=DAYS - 1, low=0, high=journeys, begin=0, days=DAYS).split(";\n"):
            connection.execute(statement) if statement.strip() else None
        connection.execute("".join(f"create schema {schema};" for schema in OF_A_RUN))
        connection.execute(
            "create table marts.fct_touchpoints as from new_touchpoints order by occurred_at;"
            "create table intermediate.int_orders as from new_orders order by paid_at;"
            "create table marts.fct_ad_hours as from new_ad_hours;"
            "create table intermediate.int_order_labels (platform varchar, order_id varchar, platform_label varchar, channel varchar, is_mapped boolean);"
            "drop table new_touchpoints; drop table new_orders; drop table new_ad_hours; drop table chance"
        )
        counts = connection.execute("select (select count(*) from marts.fct_touchpoints), (select count(*) from intermediate.int_orders)").fetchone()  # fmt: skip
        day = _WORLD.format(**numbers, last=DAYS, low=journeys, high=journeys + journeys // DAYS, begin=DAYS, days=1)
        for statement in day.split(";\n"):
            if statement.strip().startswith(("create temp table chance", "create table touched", "create table new_", "drop")):  # fmt: skip
                connection.execute(statement)
    print(json.dumps({"touches": counts[0], "orders": counts[1]}))


def build(path: str, scratch: str) -> None:
    """All eight models from nothing, model by model, as `fupan rebuild` computes them."""
    print(json.dumps(_run(Path(path), Path(scratch), continues=False)))


def day(path: str, scratch: str) -> None:
    """One day more on top: its touches, orders and spend come in, and only what they change is computed."""
    import duckdb

    into = {"fct_touchpoints": ("marts", "new_touchpoints"), "int_orders": ("intermediate", "new_orders"), "fct_ad_hours": ("marts", "new_ad_hours")}  # fmt: skip
    with duckdb.connect(path) as connection:
        for table, (schema, new) in into.items():
            connection.execute(f"insert into {schema}.{table} from {new}; create or replace table changes.{table} as select *, true as _is_new from {new}")  # fmt: skip
        connection.execute("create or replace table changes.int_order_labels as select *, true as _is_new from intermediate.int_order_labels limit 0")  # fmt: skip
        for table, schema in (("int_data_span", "intermediate"), ("dim_date", "marts")):
            connection.execute(f"create or replace table changes.{table} as select *, false as _is_new from {schema}.{table}")  # fmt: skip
        connection.execute(
            "update intermediate.int_data_span set last_date = last_date + 1, as_of = as_of + 1; update marts.dim_date set is_as_of = false;"
            "insert into marts.dim_date select as_of, date_trunc('month', as_of)::date, true from intermediate.int_data_span;"
            "insert into changes.int_data_span select *, true from intermediate.int_data_span; insert into changes.dim_date select *, true from marts.dim_date;"
            "update raw.run set continues = true"
        )
    print(json.dumps(_run(Path(path), Path(scratch), continues=True)))


def _run(database: Path, scratch: Path, *, continues: bool) -> dict:
    import duckdb

    from enrich.run import run_steps
    from enrich.steps.markov_effects import STEP

    seconds = _dbt(database, scratch, BEFORE)
    with duckdb.connect(str(database), config={"memory_limit": os.environ["FUPAN_MEMORY_LIMIT"]}) as connection:
        (ran,) = run_steps(connection, (STEP,), continues=continues)
    seconds |= {"markov_effects": ran.seconds}
    seconds |= _dbt(database, scratch, AFTER)
    with duckdb.connect(str(database), read_only=True) as connection:
        rows = connection.execute(
            "select (select count(*) from marts.attribution_credits), (select count(*) from intermediate.int_attribution_touches), (select count(*) from intermediate.int_journeys_null),"
            " (select count(*) from intermediate.int_attribution_paths)"
        ).fetchone()
    return {"seconds": seconds, "credits": rows[0], "touches_of_orders": rows[1], "null_journeys": rows[2], "paths": rows[3]}  # fmt: skip


def _dbt(database: Path, scratch: Path, models: tuple[str, ...]) -> dict[str, float]:
    os.environ.update({"FUPAN_BUILD_DB": str(database), "DO_NOT_TRACK": "1"})
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager
    from dbt.cli.main import dbtRunner

    folder = str(PROJECT / "dbt_project")
    try:
        answer = dbtRunner().invoke(
            ["--quiet", "run", "--select", *models, "--threads", "1", "--project-dir", folder, "--profiles-dir", folder, "--target-path", str(scratch / "target"), "--log-path", str(scratch / "logs")]
        )  # fmt: skip
    finally:
        DuckDBConnectionManager.close_all_connections()
    if not answer.success or len(answer.result) != len(models):
        raise SystemExit(f"dbt: {answer.exception or [r.message for r in answer.result if str(r.status) != 'success']}")
    return {r.node.name: r.execution_time for r in answer.result}


def plain_pandas(path: str) -> None:
    """What one writes by hand: touches merged with orders, the look-back filtered, last and linear by channel. No reuse, no rules."""
    import duckdb
    import pandas as pd

    with duckdb.connect(path, read_only=True) as connection:
        touches = connection.execute("select customer_key, event_id, occurred_at, channel from marts.fct_touchpoints").df()  # fmt: skip
        orders = connection.execute("select order_id, customer_key, paid_at, gmv_cny::double as gmv from intermediate.int_orders").df()  # fmt: skip
    started = time.perf_counter()
    pairs = touches.merge(orders, on="customer_key")
    age = pairs.paid_at - pairs.occurred_at
    pairs = pairs[(age >= pd.Timedelta(0)) & (age <= pd.Timedelta(days=30))].sort_values(["order_id", "occurred_at", "event_id"])  # fmt: skip
    last = pairs.drop_duplicates("order_id", keep="last").groupby("channel").gmv.agg(["size", "sum"])
    share = 1 / pairs.groupby("order_id").event_id.transform("size")
    linear = pd.DataFrame({"channel": pairs.channel, "orders": share, "gmv": share * pairs.gmv}).groupby("channel").sum()  # fmt: skip
    print(json.dumps({"seconds": time.perf_counter() - started, "orders": float(last["size"].sum()), "linear": float(linear.orders.sum())}))  # fmt: skip


def _rolling(path: str):
    """The journeys of the last 90 days as enrich.markov reads them."""
    import duckdb
    import pyarrow.compute as pc

    from enrich.markov import read_journeys

    with duckdb.connect(path, read_only=True) as connection:
        found = connection.execute(
            "select outcome, path, journeys from intermediate.int_attribution_paths where period_type = 'rolling_90d' and outcome in ('order', 'none')"
            " and period = (select max(period) from intermediate.int_attribution_paths where period_type = 'rolling_90d') order by all"
        ).arrow()
        found = found.read_all() if hasattr(found, "read_all") else found
    return read_journeys(found["path"], found["journeys"].to_numpy(), pc.equal(found["outcome"], "order").to_numpy())


def exact(path: str) -> None:
    """Our side of the chain alone: effects of all channels from the counted paths, without intervals."""
    from enrich.markov import removal_effects

    journeys = _rolling(path)
    started = time.perf_counter()
    effect = removal_effects(journeys.edges, (journeys.uses @ journeys.journeys)[:, None], len(journeys.channels))[0]
    print(json.dumps({"seconds": time.perf_counter() - started, "channels": len(effect), "paths": len(journeys.journeys)}))  # fmt: skip


def monte_carlo(path: str, walks: int) -> None:
    """The same chain walked at random, as ChannelAttribution does it: effects from the walks that met a channel; how far from exact."""
    import numpy as np

    from enrich.markov import removal_effects

    journeys = _rolling(path)
    n = len(journeys.channels)
    counts = journeys.uses @ journeys.journeys
    exact_effect = removal_effects(journeys.edges, counts[:, None], n)[0]
    started = time.perf_counter()
    table = np.zeros((n + 1, n + 2))
    table[journeys.edges[:, 0], journeys.edges[:, 1]] = counts
    until = np.cumsum(table / table.sum(axis=1, keepdims=True), axis=1)
    rng = np.random.default_rng(1)
    here, met = np.full(walks, n), np.zeros((walks, n + 2), dtype=bool)
    going = np.arange(walks)
    while len(going):
        here[going] = (rng.random(len(going))[:, None] > until[here[going]]).sum(axis=1).clip(max=n + 1)
        met[going, here[going]] = True
        going = going[here[going] < n]
    orders = met[:, n]
    effect = met[orders, :n].sum(axis=0) / orders.sum()
    print(json.dumps({"seconds": time.perf_counter() - started, "furthest": float(np.abs(effect - exact_effect).max())}))  # fmt: skip


if __name__ == "__main__":
    name, *given = sys.argv[1:]
    {"make": make, "build": build, "day": day, "pandas": plain_pandas, "exact": exact, "monte_carlo": monte_carlo}[
        name
    ](*(int(x) if x.isdigit() else x for x in given))
