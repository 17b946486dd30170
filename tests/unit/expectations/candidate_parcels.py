"""The made candidate's parcels, refunds and tickets, and how each of their checks is broken."""

from __future__ import annotations

#: what the checks read of the schemas below the marts
DDL = (
    "create table intermediate.int_parcel_orders (platform varchar, order_id varchar, tracking_no varchar)",
    "create table intermediate.int_refund_lines (platform varchar, after_sale_id varchar, sub_order_id varchar, refund_cny decimal(18, 2))",
    "create table staging.stg_kuaidi100__parcel_events (tracking_no varchar)",
    "create table raw.douyin__after_sales_api as select 1 as one",
    "create table raw.crm__service_tickets as select 1 as one",
    "drop table raw.kuaidi100__tracks",
    "create table raw.kuaidi100__tracks as select timestamp '2026-03-01 10:00' as event_at",
)  # fmt: skip
#: order o1 in two parcels (150.01 yuan: 75.01 and 75.00), o2 in four; SF1 late and on the list, the others in time; an orphan; a refund of s2 that the bill knows
ROWS = """
insert into staging.stg_kuaidi100__parcel_events values ('SF1'), ('SF2'), ('SF9');
insert into intermediate.int_parcel_orders values ('douyin', 'o1', 'SF1'), ('douyin', 'o1', 'SF2'),
    ('douyin', 'o2', 'SF3'), ('douyin', 'o2', 'SF4'), ('douyin', 'o2', 'SF5'), ('douyin', 'o2', 'SF6');
insert into marts.fct_parcels by name select 'sf' as carrier_code, 'SF9' as tracking_no, 'in_transit' as parcel_state, 1 as order_count;
insert into marts.fct_parcel_events by name select 'SF1' as tracking_no, event_rank, event_at, 'signed' as event_state, hours_since_previous
    from (values (1, timestamp '2026-03-01 10:00', null), (2, '2026-03-01 12:00', 2)) as made(event_rank, event_at, hours_since_previous);
insert into marts.parcel_sla by name
    select *, 'sf' as carrier_code, '浙江省' as province, date '2026-02-23' as week_start_date, false as is_open, 'signed' as parcel_state, false as is_lost
    from (values ('SF1', 75.01, false, true, false), ('SF2', 75.00, false, false, false), ('SF9', 0, true, null, null),
        ('SF3', 5, false, false, false), ('SF4', 5, false, false, false), ('SF5', 5, false, false, false), ('SF6', 5, false, false, false))
        as made(tracking_no, paid_cny, is_orphan, is_ship_late, is_delivery_late);
insert into marts.carrier_scorecard by name select 'sf' as carrier_code, '浙江省' as province, date '2026-02-23' as week_start_date, 7 as parcels, 2 as delivered,
    2 as judged, 1 as on_time, 0 as lost, 0 as stalled, 50 as p50_hours, 60 as p90_hours;
insert into marts.delayed_parcels by name select 'SF1' as tracking_no, 'shipped_late' as reason, 3 as hours_late, 'new' as customer_tier, 5 as coupon_cny,
    false as already_compensated;
update marts.fct_refunds set is_over_paid = false, is_suspicious = false, applied_date = date '2026-03-02';
insert into intermediate.int_refund_lines values ('douyin', 'a1', 's2', 50.01);
insert into marts.refund_daily by name select date '2026-03-02' as date, 'p1' as product_id, 'r' as reason, 1 as applied, 1 as refunds, 50.01 as refund_cny;
insert into marts.refund_maturity by name select * from (values
    (date '2026-03-01', 0, 2, 150.01, 0, 0), (date '2026-03-01', 1, 2, 150.01, 50.01, 50.01), (date '2026-03-02', 0, 1, 20, 0, 0)
    ) as made(cohort_date, age_days, lines, paid_cny, refund_cny, refund_to_date_cny);
insert into marts.fast_refunds by name select 'douyin' as platform, 'a1' as after_sale_id, true as eligible, false as automatic, 50.01 as requested_cny;
insert into marts.refund_reconciliation by name select 'douyin' as platform, 's2' as sub_order_id, 50.01 as refund_cny, 0 as difference_cny, 'agreed' as verdict;
insert into marts.return_alerts by name select 'p1' as product_id, date '2026-03-02' as date, 3 as sold_lines, 1 as returned_lines, false as is_enough, 'none' as alarm_level;
insert into marts.fct_service_tickets by name select 't1' as ticket_id, timestamp '2026-03-01 10:00' as opened_at, '飞鸽' as channel, 'other' as topic_group,
    false as is_priority, 'open' as ticket_state;
insert into marts.service_sla by name select date '2026-03-01' as date, 10 as hour, '飞鸽' as channel, 1 as tickets, 0 as answered_within_1h, 1 as answer_judged,
    0 as solved_within_1h, 1 as solve_judged, 0 as priority_answered_within_1h;
"""
_TWO = "insert into marts.delayed_parcels by name select 'SF2' as tracking_no, 5 as coupon_cny, false as already_compensated"
#: (table, check): (SQL that breaks it, severity)
BROKEN = {
    ("parcel_sla", "every_parcel_is_there_once"): ("delete from marts.parcel_sla where tracking_no = 'SF9'", "block"),
    ("parcel_sla", "orphans_are_counted"): ("update marts.parcel_sla set is_orphan = false", "block"),
    ("parcel_sla", "few_orphans"): ("update marts.parcel_sla set is_orphan = true", "warn"),
    ("parcel_sla", "parcel_money_is_the_orders_money"): ("update marts.parcel_sla set paid_cny = 75.01", "block"),
    ("fct_parcel_events", "events_run_forward"): ("update marts.fct_parcel_events set hours_since_previous = -2 where event_rank = 2", "block"),
    ("carrier_scorecard", "scorecard_counts_every_parcel"): ("update marts.carrier_scorecard set parcels = 8", "block"),
    ("carrier_scorecard", "scorecard_parts_within_the_whole"): ("update marts.carrier_scorecard set on_time = 3", "block"),
    ("delayed_parcels", "nobody_is_compensated_twice"): (_TWO, "block"),
    ("delayed_parcels", "late_is_late"): ("delete from marts.delayed_parcels; " + _TWO, "block"),
    ("fct_refunds", "refunds_within_paid_or_flagged"): ("update marts.fct_order_lines set refund_to_date_cny = 50.02 where sub_order_id = 's2'", "block"),
    ("fct_refunds", "refund_lines_are_the_refunds"): ("update intermediate.int_refund_lines set refund_cny = 50", "block"),
    ("refund_daily", "days_sum_to_the_refunds"): ("update marts.refund_daily set refund_cny = 50", "block"),
    ("refund_maturity", "ages_sum_to_the_lines_refunds"): ("delete from marts.refund_maturity where age_days = 1", "block"),
    ("refund_reconciliation", "refunds_agree_with_the_bills"): (
        "update marts.refund_reconciliation set verdict = 'missing_in_bill', difference_cny = 50.01", "warn",
    ),
    ("service_sla", "tickets_are_counted_once"): ("update marts.service_sla set tickets = 2", "block"),
    ("service_sla", "answered_within_the_judged"): ("update marts.service_sla set answered_within_1h = 2", "block"),
    ("return_alerts", "no_alarm_below_the_floor"): ("update marts.return_alerts set alarm_level = 'red'", "block"),
}  # fmt: skip
