{#- What a report may count; every one is restated by later exports. -#}
{{ config(materialized='newest', key=['account_id', 'ad_key', 'stat_date'], version=['_exported_at', '_version_rank', '_tiebreak_at', '_load_id']) }}
with source as (
    select * from {{ source('raw', 'qianchuan__ad_reports') }}
),

-- Not every report is by plan: a product (推商品) or an account (推抖音号) stands for the ad there.
keyed as (
    select
        *,
        coalesce(advertiser_id, 'unknown') as account_id,
        coalesce(
            ad_id, 'product:' || product_id, 'aweme:' || aweme_id, 'name:' || ad_name, 'unknown'
        ) as ad_key,
        cast(stat_at as date) as stat_date
    from source
    where stat_at is not null
),

-- An hourly answer has some row beyond midnight; a daily one has none.
grained as (
    select
        *,
        case
            when max(hour(stat_at)) over (partition by _load_id, account_id, stat_date) > 0 then 'hour'
            else 'day'
        end as report_grain
    from keyed
),

-- The newest export wins for the ad's whole day, so that an hour which it takes back does not live on.
newest_load as (
    select
        account_id,
        ad_key,
        stat_date,
        _load_id as newest_load_id
    from grained
    qualify row_number() over (
        partition by account_id, ad_key, stat_date
        order by
            _exported_at desc nulls last,
            report_grain desc,
            _tiebreak_at desc nulls last,
            _load_id desc,
            _row_number desc
    ) = 1
),

final as (
    select
        'qianchuan' as platform,
        grained.account_id,
        grained.advertiser_name as account_name,
        grained.ad_key,
        grained.ad_id,
        grained.ad_name,
        grained.campaign_id,
        grained.campaign_name,
        grained.creative_id,
        grained.product_id,
        grained.marketing_goal,
        grained.stat_at,
        grained.stat_date,
        grained.report_grain,
        cast(coalesce(grained.spend_cny, grained.total_spend_cny, 0) as decimal(18, 2)) as spend_cny,
        grained.impressions,
        grained.clicks,
        grained.conversions,
        grained.room_enters,
        grained.product_clicks,
        coalesce(grained.paid_orders, grained.total_paid_orders) as claimed_orders,
        coalesce(grained.paid_gmv_cny, grained.total_paid_gmv_cny) as claimed_gmv_cny,
        grained.created_orders as claimed_created_orders,
        grained.created_gmv_cny as claimed_created_gmv_cny,
        coalesce(grained.paid_coupon_cny, grained.total_coupon_cny) as coupon_cny,
        grained.settled_gmv_7d_cny,
        grained.settled_gmv_14d_cny,
        grained.refund_7d_cny,
        grained.refund_14d_cny,
        grained._exported_at as exported_at,
        grained._load_id as load_id,
        {{ version_columns('grained', extra_order='grained.report_grain') }}
    from grained
    inner join newest_load
        on
            grained.account_id = newest_load.account_id
            and grained.ad_key = newest_load.ad_key
            and grained.stat_date = newest_load.stat_date
            and grained._load_id = newest_load.newest_load_id
    -- one file may hold a row twice (joined downloads): the later line stands. Each 随心推 order is a row of its own
    qualify row_number() over (
        partition by
            grained.account_id, grained.ad_key, grained.stat_at,
            grained.creative_id, grained.product_id, grained.marketing_goal, grained.boost_order_id
        order by grained._row_number desc
    ) = 1
)

select * from final
