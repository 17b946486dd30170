"""The made candidate's rows of other shops and experiments, and how to break each of their checks."""

from __future__ import annotations

#: what the checks read besides the published tables
DDL = (
    "create table staging.stg_kuaishou__order_lines (sub_order_id varchar, order_id varchar, payable_cny decimal(18, 2))",
    "create table staging.stg_weixin__order_items (sub_order_id varchar, order_id varchar, order_paid_cny decimal(18, 2), exported_at timestamp, _tiebreak_at timestamp, load_id varchar)",
    "create table staging.stg_taobao__orders (order_id varchar, payable_cny decimal(18, 2))",
    "create table staging.stg_taobao__order_items (sub_order_id varchar, order_id varchar)",
    "create table intermediate.int_experiment_units (experiment_id varchar, customer_key varchar, is_crossover boolean, is_within boolean)",
    "create table raw.kuaishou__orders as select 1 as one",
    "create table raw.weixin__orders as select 1 as one",
    "create table raw.taobao__orders as select null::varchar as sub_order_id",
    "create table raw.shop__experiments as select 1 as one",
    "create table raw.douyin__live_sessions as select 1 as one",
    "create table raw.douyin__live_minutes as select 1 as one",
    "create table raw.douyin__live_products as select 1 as one",
)  # fmt: skip

_LINE = "'x' as shop_id, 'p1' as product_id, 'k1' as sku_id, 'direct' as channel, 'unpaid' as order_status, true as is_status_known, 0 as gmv_cny, 0 as refund_to_date_cny, 0 as net_cny"

ROWS = f"""
insert into marts.fct_order_lines by name select *, {_LINE} from (values ('kuaishou', 'k1', 'k1', 30), ('weixin', 'w1-1', 'w1', 10), ('weixin', 'w1-2', 'w1', 20.01),
    ('taobao', 't1-1', 't1', 15), ('taobao', 't1-2', 't1', 15)) as made(platform, sub_order_id, order_id, paid_cny);
insert into staging.stg_kuaishou__order_lines values ('k1', 'k1', 30);
insert into staging.stg_weixin__order_items select sub_order_id, order_id, 30.01, null, null, 'l' from marts.fct_order_lines where platform = 'weixin';
insert into staging.stg_taobao__orders values ('t1', 30);
insert into staging.stg_taobao__order_items select sub_order_id, order_id from marts.fct_order_lines where platform = 'taobao';
insert into intermediate.int_experiment_units select 'e', 'u' || i, i = 9, i <> 8 from range(42) t(i);
insert into marts.experiment_results by name
    select 'e' as experiment_id, metric, kind as metric_kind, variant_id, variant_id = 'A' as is_control, true as is_primary, 20 as n, total, base_total, total / base_total as mean,
        1 as crossover_units, 1 as outside_units, 0.5 as srm_p_value, 'wait' as verdict, 'too few units' as verdict_reason,
        case when variant_id = 'B' then lift end as lift, case when variant_id = 'B' then lift - 1 end as ci_low, case when variant_id = 'B' then lift + 1 end as ci_high,
        case when variant_id = 'B' then 0.2 end as p_value, case when variant_id = 'B' then 0.2 end as p_adjusted
    from (values ('conversion_rate', 'proportion', 'A', 5, 20, null), ('conversion_rate', 'proportion', 'B', 10, 20, 0.25), ('gmv_per_user', 'mean', 'A', 100, 20, null),
        ('gmv_per_user', 'mean', 'B', 240, 20, 7)) as made(metric, kind, variant_id, total, base_total, lift);
insert into marts.dim_shop by name select platform, shop_id, count(*) as order_lines from marts.fct_order_lines group by all;
insert into marts.dim_category by name select 'tea' as category, 'core' as category_tier, 1 as products, 1 as skus;
update marts.fct_order_lines set live_session_id = 'r1' where sub_order_id = 's2';
insert into marts.dim_live_session by name select 'r1' as live_session_id, 'douyin' as platform, 'acc' as account_id, timestamp '2026-03-01 08:00' as started_at,
    timestamp '2026-03-01 10:00' as ended_at, true as has_room_id, true as is_in_compass;
insert into marts.fct_live_sessions by name select live_session_id, platform, is_in_compass, true as has_linked_orders, 1 as linked_orders_paid, 1 as paid_orders,
    50.01 as linked_gmv_cny, 50.01 as linked_net_cny, 60 as gmv_cny, 5 as refund_cny from marts.dim_live_session;
insert into marts.fct_live_session_snapshots by name select 'r1' as live_session_id, date '2026-03-01' + age as snapshot_date, age as days_after, 'D' || age as maturity,
    60 as gmv_cny, refund_cny, age = 7 as is_newest from (values (0, 1), (7, 5)) as made(age, refund_cny);
insert into marts.fct_live_minutes by name select 'r1' as live_session_id, timestamp '2026-03-01 08:30' as minute_at;
insert into marts.fct_live_products by name select 'r1' as live_session_id, 'p1' as product_id, true as is_listed, 1 as talks, 50.01 as linked_gmv_cny;
insert into marts.funnel_sessions by name select 'r1' as live_session_id, 'douyin' as platform, 'acc' as account_id, 'people' as basis, 'orders' as orders_from, 100 as exposures,
    40 as room_enters, 20 as product_exposures, 5 as product_clicks, 2 as orders_created, 1 as orders_paid, 1 as orders_completed, 1 as buyers_paid, 0 as buyers_repurchased_30d,
    50.01 as gmv_cny, 0 as lost_gmv_cny;
"""  # fmt: skip

BROKEN = {
    ("fct_order_lines", "other_shops_orders_keep_their_money"): ("update marts.fct_order_lines set paid_cny = 30.01 where sub_order_id = 'w1-1'", "block"),
    ("fct_order_lines", "articles_have_their_order"): ("insert into staging.stg_taobao__order_items values ('t2-1', 't2')", "warn"),
    ("fct_order_lines", "other_shops_status_is_known"): ("update marts.fct_order_lines set is_status_known = false where platform = 'weixin'", "warn"),
    ("fct_live_sessions", "orders_rooms_are_sessions"): ("update marts.fct_order_lines set live_session_id = 'r2' where sub_order_id = 's1'", "block"),
    ("fct_live_sessions", "our_orders_and_the_room_s_agree"): ("update marts.fct_live_sessions set linked_orders_paid = 12", "warn"),
    ("dim_live_session", "sessions_know_their_room"): ("update marts.dim_live_session set has_room_id = false", "warn"),
    ("funnel_sessions", "session_stages_shrink"): ("update marts.funnel_sessions set product_exposures = 41", "block"),
    ("fct_live_session_snapshots", "newest_snapshot_is_the_session"): ("update marts.fct_live_session_snapshots set refund_cny = 4", "block"),
    ("fct_live_minutes", "minutes_lie_in_their_session"): ("update marts.fct_live_minutes set minute_at = minute_at + interval 8 hour", "warn"),
    ("experiment_results", "every_unit_is_counted_once"): ("insert into intermediate.int_experiment_units values ('e', 'new', false, true)", "block"),
    ("experiment_results", "lift_is_the_difference_of_means"): ("update marts.experiment_results set lift = -lift", "block"),
    ("experiment_results", "lift_lies_in_its_interval"): ("update marts.experiment_results set ci_high = lift - 0.1", "block"),
    ("experiment_results", "p_values_are_probabilities"): ("update marts.experiment_results set p_adjusted = 0.1", "block"),
    ("experiment_results", "no_verdict_on_a_broken_sample"): ("update marts.experiment_results set srm_p_value = 0.005, verdict = 'keep'", "block"),
    ("experiment_results", "sample_ratio_as_planned"): ("update marts.experiment_results set verdict = 'invalid'", "warn"),
    ("experiment_results", "few_units_cross_over"): ("update marts.experiment_results set crossover_units = 5", "warn"),
}  # fmt: skip
