{#- Every row of every fetch: reports are restated for weeks, and what was known when is kept (fct_ad_snapshots). -#}
{{ config(materialized='newest', key=['load_id'], version=['_load_id']) }}
with source as (
    select * from {{ source('raw', 'qianchuan__ad_reports') }}
    where stat_at is not null
),

goals as (
    select * from {{ ref('ad_marketing_goals') }}
),

-- Not every report is by plan: a product (推商品) or an account (推抖音号) stands for the ad there; a row of nothing is the
-- total of its campaign or account (report/advertiser/get), never another ad.
keyed as (
    select
        *,
        coalesce(advertiser_id, 'unknown') as account_id,
        coalesce(ad_id, 'product:' || product_id, 'aweme:' || aweme_id, 'name:' || ad_name) as ad_key,
        cast(stat_at as date) as stat_date
    from source
),

-- An hourly answer has some row beyond midnight; a daily one has none.
grained as (
    select
        *,
        case
            when max(hour(stat_at)) over (partition by _load_id, account_id) > 0 then 'hour'
            else 'day'
        end as grain
    from keyed
),

final as (
    select
        'qianchuan' as platform,
        grained.account_id,
        grained.advertiser_name as account_name,
        case
            when grained.boost_order_id is not null then 'boost'
            when grained.spend_cny is null and grained.total_spend_cny is not null then 'whole_site'
            else 'standard'
        end as promotion,
        'none' as time_line,
        case
            when grained.ad_key is not null and grained.creative_id is not null then 'creative'
            when grained.ad_key is not null then 'ad'
            when grained.campaign_id is not null then 'campaign'
            else 'account'
        end as level,
        grained.campaign_id,
        grained.campaign_name,
        grained.ad_key,
        grained.ad_name,
        grained.creative_id,
        -- what may stand beside each other under one ad: each 随心推 order and each product of a plan is a row of its own
        coalesce(grained.boost_order_id, '') || '/' || coalesce(grained.product_id, '') || '/' || coalesce(grained.marketing_goal, '') as part_id,
        coalesce(goals.marketing_goal, grained.marketing_goal) as marketing_goal,
        grained.marketing_goal is null or goals.marketing_goal is not null as is_goal_known,
        grained.grain,
        grained.stat_at,
        grained.stat_date,
        grained._exported_at as fetched_at,
        {{ ad_measure('spend_cny', 'coalesce(grained.spend_cny, grained.total_spend_cny, 0)') }},
        {% for measure, column in {
            'impressions': 'impressions', 'clicks': 'clicks', 'conversions': 'conversions', 'room_enters': 'room_enters',
            'product_clicks': 'coalesce(grained.product_clicks, grained.boost_product_clicks)', 'claimed_orders': 'paid_orders',
            'claimed_gmv_cny': 'paid_gmv_cny', 'claimed_created_orders': 'created_orders', 'claimed_created_gmv_cny': 'created_gmv_cny',
            'coupon_cny': 'paid_coupon_cny', 'settled_gmv_7d_cny': 'settled_gmv_7d_cny', 'settled_gmv_14d_cny': 'settled_gmv_14d_cny',
            'refund_7d_cny': 'refund_7d_cny', 'refund_14d_cny': 'refund_14d_cny', 'claimed_new_customers': 'new_customers',
            'room_orders': 'total_paid_orders', 'room_gmv_cny': 'total_paid_gmv_cny',
        }.items() -%}
        {{ ad_measure(measure, column if '(' in column else 'grained.' ~ column) }},
        {% endfor -%}
        grained._load_id as load_id,
        {{ version_columns('grained') }}
    from grained
    left join goals on grained.marketing_goal = goals.label
    -- one file may hold a row twice (joined downloads): the later line stands
    qualify row_number() over (
        partition by
            grained._load_id, grained.account_id, grained.campaign_id, grained.ad_key, grained.stat_at, grained.creative_id,
            grained.product_id, grained.marketing_goal, grained.boost_order_id
        order by grained._row_number desc
    ) = 1
)

select * from final
