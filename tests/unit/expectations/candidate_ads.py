"""The ads of the made candidate, right in every check, and what breaks each of them."""

from __future__ import annotations

#: what the checks read besides the published tables
DDL = (
    "create table raw.tencent__ad_reports as select 1 as one",
    "create table raw.kuaishou__ad_reports as select 1 as one",
)

#: the two ads of the candidate and what its account has beyond them (30.5 yuan together): the fetches that tell of them and of their account, a whole-room row, and what follows from all
ROWS = """
insert into marts.fct_ad_snapshots by name
    select 'qianchuan' as platform, 'acc' as account_id, 'standard' as promotion, 'none' as time_line, level, campaign as campaign_id, ad as ad_id,
        'unallocated' as creative_id, grain, timestamp '2026-03-01 09:00' as stat_at, date '2026-03-01' as stat_date, fetched_at, 1 as age_days, spend as spend_cny
    from (values ('ad', 'camp', 'ad1', 'hour', timestamp '2026-03-02 02:00', 30), ('ad', 'camp', 'ad2', 'hour', '2026-03-02 02:00', 0.4),
        ('account', 'unallocated', 'unallocated', 'day', '2026-03-02 02:05', 30.5)) as made(level, campaign, ad, grain, fetched_at, spend);
insert into marts.fct_ad_hours by name select 'qianchuan' as platform, 'acc' as account_id, 'unallocated' as ad_id, 'unallocated' as creative_id,
    'unallocated' as campaign_id, 'standard' as promotion, 'day' as grain, true as is_remainder, timestamp '2026-03-01' as stat_at,
    date '2026-03-01' as stat_date, 'qianchuan' as channel, 0.1 as spend_cny;
update marts.fct_ad_hours set spend_cny = 0.4 where ad_id = 'ad2';
insert into marts.dim_ad by name select 'qianchuan' as platform, 'acc' as account_id, 'camp' as campaign_id, unnest(['ad1', 'ad2']) as ad_id,
    'unallocated' as creative_id, true as is_reported;
update marts.attribution_credits set ad_id = 'ad1' where order_id = 'o1' and touch_rank = 1;
insert into marts.ad_performance by name
    select 'qianchuan' as platform, 'acc' as account_id, campaign as campaign_id, ad as ad_id, date '2026-03-01' as date, promotion, spend as spend_cny,
        orders as claimed_orders, gmv as claimed_gmv_cny, gmv / spend as claimed_roi, won as attributed_gmv_cny, won / spend as attributed_roi,
        won as attributed_net_7d_cny, won as attributed_net_14d_cny, false as is_provisional
    from (values ('camp', 'ad1', 'standard', 30, 12, 900.0, 50), ('camp', 'ad2', 'standard', 0.4, 0, 0, 0), ('unallocated', 'unallocated', 'standard', 0.1, null, null, 0))
        as made(campaign, ad, promotion, spend, orders, gmv, won);
insert into marts.ad_performance by name select 'qianchuan' as platform, 'room' as account_id, 'none' as campaign_id, 'product:p1' as ad_id,
    date '2026-02-28' as date, 'whole_site' as promotion, 0 as spend_cny, 5 as room_orders, 0 as attributed_gmv_cny, false as is_provisional;
insert into marts.ad_restatements by name select 'qianchuan' as platform, 'acc' as account_id, 'camp' as campaign_id, 'ad1' as ad_id,
    date '2026-03-01' as date, 'D1' as maturity, 29 as spend_then_cny, 30 as spend_now_cny, 1 as spend_delta_cny;
insert into marts.claim_overlap by name
    select date, spend as spend_cny, claimed as claimed_orders, 1 as actual_orders, gmv as actual_gmv_cny
    from (values (date '2026-02-28', 0, null, 0), ('2026-03-01', 30.5, 12, 150.01), ('2026-03-02', 0, null, 20)) as made(date, spend, claimed, gmv);
update marts.claim_overlap set actual_orders = 0 where date = '2026-02-28';
insert into marts.bid_advice by name select date '2026-03-09' as week_start_date, true as is_current, 'qianchuan' as platform, 'ad1' as ad_id,
    'unknown' as audience_id, 'weekday' as weekday_type, 9 as stat_hour, 30 as spend_cny, 2 as target_roi, 1.1 as bid_factor, 'raise' as advice,
    'r' as reason, 'e' as evidence, 'open' as score;
insert into marts.utm_audit by name select date '2026-03-01' as date, 'unmapped_source' as problem, 1 as affected_count, 1 as distinct_count;
"""

#: (table, check): (SQL that breaks it, severity)
BROKEN = {
    ("fct_ad_hours", "account_total_is_kept"): ("delete from marts.fct_ad_hours where ad_id = 'unallocated'", "block"),
    ("fct_ad_hours", "account_reconciles_with_its_ads"): ("update marts.fct_ad_hours set spend_cny = 1 where ad_id = 'unallocated'", "warn"),
    ("fct_ad_hours", "remainders_not_negative"): ("update marts.fct_ad_hours set spend_cny = -0.1 where is_remainder", "warn"),
    ("fct_ad_hours", "accounts_are_named"): ("update marts.fct_ad_hours set account_id = 'unknown' where ad_id = 'ad2'", "warn"),
    ("fct_ad_snapshots", "no_fetch_before_its_day"): ("update marts.fct_ad_snapshots set age_days = -1 where ad_id = 'ad2'", "block"),
    ("dim_ad", "ads_have_a_report"): ("update marts.dim_ad set is_reported = false where ad_id = 'ad2'", "warn"),
    ("ad_performance", "performance_has_all_spend"): ("delete from marts.ad_performance where ad_id = 'ad2'", "block"),
    ("ad_performance", "performance_has_all_credits_of_ads"): ("update marts.ad_performance set attributed_gmv_cny = 49.99 where ad_id = 'ad1'", "block"),
    ("ad_performance", "roi_is_of_sums"): ("update marts.ad_performance set claimed_roi = 52.6 where ad_id = 'ad1'", "block"),
    ("ad_performance", "whole_room_is_no_claim"): ("update marts.ad_performance set claimed_orders = room_orders where promotion = 'whole_site'", "block"),
    ("ad_performance", "refunds_only_take_away"): ("update marts.ad_performance set attributed_net_7d_cny = 51 where ad_id = 'ad1'", "warn"),
    ("ad_performance", "claims_are_in_yuan"): ("update marts.ad_performance set claimed_gmv_cny = 90000 where ad_id = 'ad1'", "warn"),
    ("ad_restatements", "deltas_are_now_less_then"): ("update marts.ad_restatements set spend_delta_cny = 0", "block"),
    ("bid_advice", "bid_factors_within_caps"): ("update marts.bid_advice set bid_factor = 1.4", "block"),
    ("claim_overlap", "overlap_is_claims_over_sales"): ("update marts.claim_overlap set claimed_orders = 11 where date = '2026-03-01'", "block"),
}  # fmt: skip
