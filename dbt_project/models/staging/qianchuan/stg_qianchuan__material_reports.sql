{#- Materials (素材), every fetch. They are another cut of the ads' money: never added to it. A download without a date sums its
    whole span (grain 'span'). -#}
{{ config(materialized='newest', key=['load_id'], version=['_load_id']) }}
with source as (
    select * from {{ source('raw', 'qianchuan__material_reports') }}
),

final as (
    select
        'qianchuan' as platform,
        coalesce(advertiser_id, 'unknown') as account_id,
        ad_id,
        creative_id,
        material_id,
        material_name,
        material_type,
        material_created_at,
        verdict,
        stat_at,
        cast(stat_at as date) as stat_date,
        case
            when stat_at is null then 'span'
            when max(hour(stat_at)) over (partition by _load_id) > 0 then 'hour'
            else 'day'
        end as grain,
        -- of the ads alone (消耗, 直接成交), and of the whole room or shop (整体): two scopes, never one for the other
        spend_cny,
        impressions,
        clicks,
        conversions,
        paid_orders as claimed_orders,
        paid_gmv_cny as claimed_gmv_cny,
        total_spend_cny,
        base_spend_cny,
        boost_spend_cny,
        total_paid_orders as room_orders,
        total_paid_gmv_cny as room_gmv_cny,
        net_gmv_1h_cny as room_net_gmv_1h_cny,
        _exported_at as fetched_at,
        _load_id as load_id,
        {{ version_columns() }}
    from source
    qualify row_number() over (
        partition by _load_id, advertiser_id, ad_id, creative_id, material_id, marketing_goal, stat_at
        order by _row_number desc
    ) = 1
)

select * from final
