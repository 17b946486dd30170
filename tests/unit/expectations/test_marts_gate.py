"""Every marts check broken once and seen red on a made candidate; the right one stays green and every check saw rows."""

from __future__ import annotations

import datetime as dt

import pytest
from conftest import TOPICS

from expectations.catalogue import read_rules, read_tables

#: (table, check): (SQL that breaks it, severity)
BROKEN = {
    ("fct_order_lines", "no_order_line_lost_or_made"): ("insert into staging.stg_douyin__order_lines values ('s9', 1)", "block"),
    ("fct_order_lines", "net_is_gmv_less_refunds"): ("update marts.fct_order_lines set net_cny = null where sub_order_id = 's1'", "block"),
    ("fct_order_lines", "unpaid_lines_have_no_gmv"): ("update marts.fct_order_lines set gmv_cny = 1 where sub_order_id = 's4'", "block"),
    ("fct_order_lines", "paid_date_is_the_day_of_payment"): ("update marts.fct_order_lines set paid_date = paid_date - 1 where sub_order_id = 's1'", "block"),
    ("fct_order_lines", "refunds_within_gmv"): ("update marts.fct_order_lines set refund_to_date_cny = 101 where sub_order_id = 's1'", "warn"),
    ("fct_order_lines", "refunds_conserve"): ("update marts.fct_refunds set refund_cny = 50", "block"),
    ("fct_refunds", "refunds_have_their_order"): ("update marts.fct_refunds set has_order = false", "warn"),
    ("fct_order_lines", "file_and_api_agree_on_money"): ("update staging.stg_douyin__order_lines set payable_cny = 11 where sub_order_id = 's2'", "warn"),
    ("fct_ad_hours", "spend_not_negative"): ("update marts.fct_ad_hours set spend_cny = -1 where ad_id = 'ad2'", "block"),
    ("fct_ad_hours", "clicks_within_impressions"): ("update marts.fct_ad_hours set clicks = 101 where ad_id = 'ad2'", "warn"),
    ("fct_parcels", "parcels_have_an_order"): ("update marts.fct_parcels set order_count = 0", "warn"),
    ("fct_order_lines", "one_first_order_per_customer"): (
        "update marts.fct_order_lines set customer_key = 'c1', is_new_customer = true where sub_order_id = 's3'", "block",
    ),
    ("attribution_credits", "credit_shares_sum_to_one"): ("update marts.attribution_credits set credit_share = 0.9 where order_id = 'o2'", "block"),
    ("attribution_credits", "credit_money_is_the_orders_money"): (
        "update marts.attribution_credits set credit_net_cny = credit_net_cny + 0.01 where order_id = 'o2' and model = 'last'", "block",
    ),
    ("attribution_credits", "every_paid_order_is_credited_in_every_model"): (
        "delete from marts.attribution_credits where order_id = 'o2' and model = 'last'", "block",
    ),
    ("attribution_credits", "credits_sum_to_gmv"): ("update marts.attribution_credits set credit_gmv_cny = 20.01 where order_id = 'o2'", "block"),
    ("attribution_channels", "channels_sum_to_credits"): ("update marts.attribution_channels set net_cny = net_cny + 1 where channel = 'direct'", "block"),
    ("attribution_channels", "channels_carry_all_spend"): ("delete from marts.attribution_channels where spend_cny > 0 and model = 'last'", "block"),
    ("attribution_channels", "roi_is_null_without_spend"): ("update marts.attribution_channels set roi = 0 where spend_cny = 0", "block"),
    ("attribution_channels", "roi_is_gmv_over_spend"): ("update marts.attribution_channels set roi = 9 where spend_cny > 0", "block"),
    ("attribution_journeys", "journeys_are_the_paid_orders"): ("delete from marts.attribution_journeys where order_id = 'o2'", "block"),
    ("attribution_periods", "periods_sum_to_the_orders"): (
        "update marts.attribution_periods set gmv_cny = gmv_cny + 0.01 where model = 'markov' and channel = 'direct'", "block",
    ),
    ("attribution_periods", "periods_show_eight_models"): ("delete from marts.attribution_periods where model = 'markov'", "block"),
    ("attribution_periods", "periods_carry_all_spend"): ("update marts.attribution_periods set spend_cny = 30 where channel = 'qianchuan'", "block"),
    ("channel_removal_effects", "every_order_needs_some_channel"): ("update marts.channel_removal_effects set removal_effect = 0.4 where removal_effect is not null", "block"),
    ("channel_removal_effects", "intervals_hold_the_credit"): ("update marts.channel_removal_effects set credit_low = 0.5 where channel = 'qianchuan'", "block"),
    ("funnel_daily", "funnel_stages_within"): ("update marts.funnel_daily set orders_completed = 2 where channel = 'direct'", "block"),
    ("funnel_daily", "funnel_clicks_within_exposures"): ("update marts.funnel_daily set clicks = 101 where channel = 'qianchuan'", "warn"),
    ("funnel_daily", "funnel_rates_within_one"): ("update marts.funnel_daily set pay_rate = 1.2", "block"),
    ("funnel_daily", "funnel_orders_are_the_orders"): ("delete from marts.funnel_daily where channel = 'direct'", "block"),
    ("fct_stock_days", "sellable_within_on_hand"): ("update marts.fct_stock_days set sellable = 11", "warn"),
    ("fct_stock_days", "on_hand_not_negative"): ("update marts.fct_stock_days set on_hand = -1", "warn"),
    ("fct_stock_days", "all_or_single_warehouses"): (
        "insert into marts.fct_stock_days by name select * replace ('all' as warehouse_id) from marts.fct_stock_days", "block",
    ),
    ("inventory_health", "health_has_every_stock_row"): ("update marts.inventory_health set on_hand = 9", "block"),
    ("inventory_health", "order_quantities_not_negative"): ("update marts.inventory_health set suggested_order_qty = -1", "block"),
    ("inventory_health", "no_cover_without_demand"): ("update marts.inventory_health set days_of_cover = 99", "block"),
}  # fmt: skip
for topic in TOPICS:
    BROKEN |= topic.BROKEN

_MONTH = """insert into marts.fct_order_lines by name select 'douyin' as platform, 'd' || d::date as sub_order_id, d::date as paid_date,
    case when d::date = '2026-02-28' then {last} else 100 end as gmv_cny from generate_series(date '2026-02-14', date '2026-02-28', interval 1 day) t(d)"""
BOUNDS = {"gmv_of_the_day_not_low": _MONTH.format(last=19.99), "gmv_of_the_day_not_high": _MONTH.format(last=800.01)}


def test_the_right_candidate_passes_every_check(marts) -> None:
    results = marts()
    assert results.failed == set(), [r for r in results if not r.passed]
    # a fortnight of days is not there: these say so instead of passing in silence
    assert {r.check for r in results if not r.judged} == set(BOUNDS)
    assert {r.suite for r in results} == set(read_tables())


@pytest.mark.parametrize("key", BROKEN, ids=lambda k: k[1])
def test_broken_candidate_fails_its_check(marts, key: tuple[str, str]) -> None:
    sql, severity = BROKEN[key]
    table, check = key
    found = marts(sql, table).only(check)
    assert (found.passed, found.severity) == (False, severity)
    assert found.rows_failed >= 1 and found.rows_seen >= 1 and found.examples.startswith("[{")


@pytest.mark.parametrize("check", BOUNDS)
def test_gmv_of_a_day_is_compared_with_the_days_before(marts, check: str) -> None:
    as_of = dt.date(2026, 2, 28)
    found = marts(BOUNDS[check], "fct_order_lines", as_of=as_of).only(check)
    assert not found.passed and found.severity == "warn" and '"date":"2026-02-28"' in found.examples
    usual = marts(_MONTH.format(last=100), "fct_order_lines", as_of=as_of).only(check)
    assert usual.passed and usual.judged


def test_every_rule_is_broken_here() -> None:
    assert {(r.table, r.name) for r in read_rules()} == set(BROKEN) | {("fct_order_lines", check) for check in BOUNDS}


def test_grain_and_filled_columns(marts) -> None:
    doubled = marts("insert into marts.dim_product select * from marts.dim_product", "dim_product").only(
        "grain_unique", "dim_product"
    )
    assert doubled.blocks and doubled.examples == '[{"sku_id":"k1","times":2}]'
    assert (
        marts("update marts.fct_order_lines set channel = null", "fct_order_lines")
        .only("filled_channel", "fct_order_lines")
        .rows_failed
        == 9
    )


def test_infinity_is_found_in_any_floating_column(marts) -> None:
    sql = "alter table marts.funnel_daily add column speed double; update marts.funnel_daily set speed = {}"
    assert marts(sql.format("'inf'::double"), "funnel_daily").only("finite_speed").blocks
    assert marts(sql.format("'nan'::double"), "funnel_daily").only("finite_speed").blocks
    assert marts(sql.format("1.5"), "funnel_daily").only("finite_speed").passed


def test_a_missing_table_blocks(marts) -> None:
    found = marts("drop table marts.fct_parcels", "fct_parcels").only("table_there")
    assert found.blocks and found.suite == "fct_parcels"


def test_a_missing_column_blocks(marts) -> None:
    found = marts("alter table marts.fct_parcels drop column parcel_state", "fct_parcels").only("filled_parcel_state")
    assert found.blocks and "could not run" in found.observed


def test_an_empty_table_whose_sources_have_rows_blocks_and_nothing_about_it_passes(marts) -> None:
    results = marts("delete from marts.fct_parcels", "fct_parcels")
    assert results and all(r.blocks for r in results)


def test_an_empty_table_of_empty_sources_is_not_judged(marts) -> None:
    results = marts("delete from marts.fct_parcels; delete from raw.kuaidi100__tracks", "fct_parcels")
    assert results and all(r.passed and not r.judged and r.observed.startswith("not judged") for r in results)


def test_customer_keys_are_never_examples(marts) -> None:
    found = marts("insert into marts.dim_customer select * from marts.dim_customer", "dim_customer").only(
        "grain_unique", "dim_customer"
    )
    assert found.rows_failed == 1 and "c1" not in found.examples and found.examples == '[{"times":2}]'


def test_the_candidate_is_free_for_a_writer_afterwards(marts, tmp_path) -> None:
    import subprocess
    import sys

    marts()
    code = "import duckdb, sys; duckdb.connect(sys.argv[1]).execute('create table now_writable (a int)')"
    subprocess.run([sys.executable, "-c", code, str(tmp_path / "candidate.duckdb")], check=True)
