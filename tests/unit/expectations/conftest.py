"""Made loads and a made candidate: small, right in every check, so that a test breaks exactly one thing."""

from __future__ import annotations

import datetime as dt
import importlib
import sys
from pathlib import Path
from typing import Any

import duckdb
import pytest

from expectations.landing_gate import LandingLoad
from expectations.result import CheckResult
from expectations.sql import literal, name
from ingest.contract import load_contract
from ingest.ledger import Load, write_load

DAY = dt.datetime(2026, 3, 1, 10)
sys.path.insert(0, str(Path(__file__).parent))
#: candidate_<topic>.py: DDL (statements), ROWS (SQL) and BROKEN of one topic's tables, beside what stands here
TOPICS = [importlib.import_module(path.stem) for path in sorted(Path(__file__).parent.glob("candidate_*.py"))]


class Landing:
    """A home folder to put loads into; `gate()` runs the landing gate over all that were put."""

    def __init__(self, home: Path) -> None:
        self.home, self.loads = home, []

    @staticmethod
    def order(number: int = 1, **changes: Any) -> dict[str, Any]:
        """One row of douyin.orders as raw holds it."""
        good = {
            "order_id": f"69200000000000{number:04d}", "sub_order_id": f"69200000000001{number:04d}", "quantity": 1, "payable_cny": 9.9,
            "ordered_at": DAY, "paid_at": DAY, "order_status": "已发货",
        }  # fmt: skip
        return {**good, **changes}

    def put(
        self, rows: list[dict[str, Any]], source: str = "douyin", dataset: str = "orders", load_id: str = "a" * 32, *,
        exported_at: dt.datetime | None = DAY + dt.timedelta(days=1), check: bool = True, types: dict[str, str] | None = None, without: tuple[str, ...] = (),
    ) -> LandingLoad:  # fmt: skip
        """Write rows as one load's Parquet object and ledger row; `types` and `without` spoil the columns."""
        contract = load_contract(source, dataset)
        path = self.home / "raw" / source / dataset / f"{load_id}.parquet"
        path.parent.mkdir(parents=True, exist_ok=True)
        kinds = {c.name: c.type for c in contract.kept if c.name not in without} | (types or {})
        lines = [
            "select " + ", ".join([*(f"{literal(row.get(c))}::{kind} as {name(c)}" for c, kind in kinds.items()), "null::varchar as _extra",
            f"'{load_id}' as _load_id", "'made.csv' as _source_file"]) for row in rows or [{}]
        ]  # fmt: skip
        with duckdb.connect() as connection:
            connection.execute(
                f"copy (select * from ({' union all '.join(lines)}) {'' if rows else 'where false'}) to '{path}'"
            )
        days = [row[contract.options["dataDate"]] for row in rows if row.get(contract.options.get("dataDate"))]
        write_load(self.home, self._ledger(source, dataset, load_id, len(rows), exported_at, days))
        load = LandingLoad(source, dataset, load_id, path)
        if check:
            self.loads.append(load)
        return load

    @staticmethod
    def _ledger(
        source: str, dataset: str, load_id: str, rows: int, exported_at: dt.datetime | None, days: list[dt.datetime]
    ) -> Load:
        return Load(
            load_id=load_id, source=source, dataset=dataset, file_name="made.csv", status="loaded", rows_read=rows, rows_loaded=rows, rows_quarantined=0,
            rows_non_data=0, encoding="utf-8", exported_at=exported_at, loaded_at=DAY, seconds=0.0, bytes=1, reason="", notes="",
            first_data_date=min(days, default=None), last_data_date=max(days, default=None),
        )  # fmt: skip

    def gate(self) -> Results:
        """Results of the landing gate on everything that was put with check=True."""
        from expectations.landing_gate import run_landing_gate

        return Results(run_landing_gate(self.loads, home=self.home, run_id="run-1"))


@pytest.fixture
def landing(tmp_path: Path) -> Landing:
    """An empty home to land into."""
    return Landing(tmp_path)


class Results(list):
    """Results of a gate, with the questions that tests ask of them."""

    def only(self, check: str, subject: str | None = None) -> CheckResult:
        """The one result of a check (of a load)."""
        found = [r for r in self if r.check == check and subject in (None, r.subject)]
        assert len(found) == 1, f"{check}: {len(found)} results among {sorted({r.check for r in self})}"
        return found[0]

    @property
    def failed(self) -> set[str]:
        """Names of the checks that failed."""
        return {r.check for r in self if not r.passed}


ORDER_COLUMNS = "platform, sub_order_id, order_id, shop_id, customer_key, product_id, sku_id, channel, ordered_at, paid_at, order_status, gmv_cny, refund_to_date_cny, is_new_customer"  # fmt: skip
#: a right little publication: two paid orders (one with a refund), one unpaid; spend with and without orders; one sku in one warehouse
CANDIDATE = f"""
insert into marts.dim_date by name select unnest(generate_series(date '2026-02-01', date '2026-03-02', interval 1 day))::date as date;
insert into marts.dim_product by name select 'k1' as sku_id, 'p1' as product_id;
insert into marts.dim_warehouse by name select 'w1' as warehouse_id;
insert into marts.dim_channel by name select unnest(['qianchuan', 'direct']) as channel;
insert into marts.dim_customer by name select 'c1' as customer_key;
insert into marts.fct_order_lines by name
    select *, ordered_at::date as ordered_date, paid_at::date as paid_date, gmv_cny as paid_cny, gmv_cny - refund_to_date_cny as net_cny from (values
        ('douyin', 's1', 'o1', 'x', 'c1', 'p1', 'k1', 'qianchuan', timestamp '2026-03-01 09:00', timestamp '2026-03-01 09:01', 'completed', 100, 0, true),
        ('douyin', 's2', 'o1', 'x', 'c1', 'p1', 'k1', 'qianchuan', '2026-03-01 09:00', '2026-03-01 09:01', 'completed', 50.01, 50.01, true),
        ('douyin', 's3', 'o2', 'x', null, 'p1', 'k1', 'direct', '2026-03-02 09:00', '2026-03-02 09:01', 'paid', 20, 0, null),
        ('douyin', 's4', 'o3', 'x', null, 'p1', 'k1', 'direct', '2026-03-02 09:00', null, 'unpaid', 0, 0, null)
    ) as made({ORDER_COLUMNS});
insert into staging.stg_douyin__order_lines select sub_order_id, 10 from marts.fct_order_lines where sub_order_id <> 's4';
insert into staging.stg_douyin__api_order_lines select sub_order_id, 10 from marts.fct_order_lines where sub_order_id <> 's1';
insert into marts.fct_refunds by name select 'douyin' as platform, 'a1' as after_sale_id, 's2' as sub_order_id, 'refund' as kind, 50.01 as refund_cny, true as has_order;
insert into marts.fct_ad_hours by name select 'qianchuan' as platform, 'acc' as account_id, ad as ad_id, 'unallocated' as creative_id, 'camp' as campaign_id,
    'standard' as promotion, 'hour' as grain, false as is_remainder, timestamp '2026-03-01 09:00' as stat_at, date '2026-03-01' as stat_date, 'qianchuan' as channel, spend as spend_cny, 100 as impressions, 10 as clicks
    from (values ('ad1', 30), ('ad2', 0.5)) as made(ad, spend);
insert into marts.fct_touchpoints by name select 'e1' as event_id, timestamp '2026-03-01 08:00' as occurred_at, 'click' as event_type, 'qianchuan' as channel;
insert into marts.fct_parcels by name select 'sf' as carrier_code, 'SF1' as tracking_no, 'signed' as parcel_state, 1 as order_count;
insert into marts.fct_stock_days by name select 'k1' as sku_id, 'w1' as warehouse_id, date '2026-03-01' as date, 10 as on_hand, 8 as sellable;
insert into marts.inventory_health by name select 'k1' as sku_id, 'w1' as warehouse_id, date '2026-03-01' as date, 10 as on_hand, 8 as sellable, 0 as demand_7d,
    0 as demand_28d, 0 as reorder_point, 0 as safety_stock, 0 as suggested_order_qty, 'dead' as status;
insert into marts.attribution_credits by name
    select 'douyin' as platform, model, order_id, touch_rank, channel, campaign, paid_date, share as credit_share, share as credit_orders,
        gmv as credit_gmv_cny, net as credit_net_cny
    from (values ('o1', 1, 'qianchuan', 'camp', date '2026-03-01', 0.333333333, 50.00, 33.33), ('o1', 2, 'direct', '-', '2026-03-01', 0.666666667, 100.01, 66.67),
        ('o2', 1, 'unattributed', '-', '2026-03-02', 1, 20, 20)) as made(order_id, touch_rank, channel, campaign, paid_date, share, gmv, net)
    cross join (select unnest(['first', 'last']) as model);
insert into marts.attribution_channels by name
    select *, gmv_cny / nullif(spend_cny, 0) as roi from (
        select paid_date, channel, campaign, model, sum(credit_orders) as orders, sum(credit_gmv_cny) as gmv_cny, sum(credit_net_cny) as net_cny,
            case when channel = 'qianchuan' then 30.5 else 0 end as spend_cny
        from marts.attribution_credits group by all);
insert into marts.attribution_journeys by name select 'douyin' as platform, unnest(['o1', 'o2']) as order_id, 'qianchuan' as path, 1 as touch_count, 20 as gmv_cny;
insert into marts.attribution_periods by name
    select 'month' as period_type, '2026-03' as period, date '2026-03-01' as first_date, date '2026-03-02' as last_date, channel, model,
        sum(credit_orders) as orders, sum(credit_gmv_cny) as gmv_cny,
        case when channel = 'qianchuan' then 30.5 else 0 end as spend_cny
    from (select * exclude (model) from marts.attribution_credits where model = 'first')
    cross join (select unnest(['first', 'last', 'last_non_direct', 'linear', 'position', 'time_decay', 'shapley', 'markov']) as model)
    group by all;
insert into marts.channel_removal_effects by name
    select 'month' as period_type, '2026-03' as period, date '2026-03-01' as first_date, date '2026-03-02' as last_date, *, 0 as period_open_journeys
    from (values ('qianchuan', 0.5, 0.333333333, 50.00, 9, 1, 0.1, 0.9), ('direct', 1, 0.666666667, 100.01, 1, 1, 0.1, 0.9), ('unattributed', null, 1, 20, 1, 1, 1, 1))
        as made(channel, removal_effect, credit_orders, credit_gmv_cny, journeys, order_journeys, credit_low, credit_high);
insert into marts.funnel_daily by name
    select *, orders_paid / orders_created as pay_rate, 0 as orders_completed, 1 as buyers_paid, 0 as buyers_repurchased_30d, 20 as gmv_cny
    from (values (date '2026-03-01', 'qianchuan', 100, 10, 1, 1), ('2026-03-02', 'direct', null, 5, 2, 1)) as made(date, channel, exposures, clicks, orders_created, orders_paid);
"""


def _marts_ddl() -> str:
    """The published tables as the dbt contracts declare them, so that a check on a column that dbt does not have fails here."""
    import yaml

    statements = [f"create schema {schema}" for schema in ("marts", "staging", "intermediate", "raw")]
    for path in sorted((Path(__file__).parents[3] / "dbt_project" / "models" / "marts").glob("*/_*.yml")):
        for model in yaml.safe_load(path.read_text(encoding="utf-8")).get("models", ()):
            columns = ", ".join(f"{name(c['name'])} {c['data_type']}" for c in model["columns"])
            statements.append(f"create table marts.{name(model['name'])} ({columns})")
    statements += [
        f"create table staging.stg_douyin__{t} (sub_order_id varchar, payable_cny decimal(18, 2))"
        for t in ("order_lines", "api_order_lines")
    ]
    for dataset in ("douyin__orders", "douyin__orders_api", "douyin__after_sales", "qianchuan__ad_reports", "kuaidi100__tracks", "erp__stock",
                    "shop__products", "shop__warehouses", "web__touchpoints"):  # fmt: skip
        statements.append(f"create table raw.{dataset} as select 1 as one")
    statements += [statement for topic in TOPICS for statement in topic.DDL]
    return ";\n".join(statements) + ";\n"


@pytest.fixture(scope="session")
def good_candidate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A candidate that is right in every check; never change this one."""
    path = tmp_path_factory.mktemp("candidate") / "good.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute(_marts_ddl() + CANDIDATE + "".join(topic.ROWS for topic in TOPICS))
    return path


@pytest.fixture
def marts(good_candidate: Path, tmp_path: Path):
    """marts(sql, "table") copies the good candidate, runs the SQL on the copy, and gives the marts gate's results (of a table)."""
    import shutil

    def run(sql: str = "", *only: str, as_of: dt.date | None = None, home: Path | None = None) -> Results:
        from expectations.marts_gate import run_marts_gate

        db = tmp_path / "candidate.duckdb"
        shutil.copyfile(good_candidate, db)
        if sql:
            with duckdb.connect(str(db)) as connection:
                connection.execute(sql)
        return Results(run_marts_gate(db, run_id="run-1", as_of=as_of, home=home, only=only))

    return run
