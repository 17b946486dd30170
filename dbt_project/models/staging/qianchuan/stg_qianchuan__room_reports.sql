{#- Live rooms as 千川 tells them, every fetch. Two families stand in one row: claimed_* of the ads alone, room_* of the whole room
    (natural and ads). The spend is another cut of the plans' money (or of the whole subject's accounts): never added to it. -#}
{{ config(materialized='newest', key=['load_id'], version=['_load_id']) }}
with source as (
    select * from {{ source('raw', 'qianchuan__room_reports') }}
),

final as (
    select
        'qianchuan' as platform,
        coalesce(advertiser_id, 'unknown') as account_id,
        live_session_id,
        aweme_id,
        aweme_name,
        room_title,
        started_at,
        ended_at,
        stat_at,
        cast(coalesce(stat_at, started_at) as date) as stat_date,
        case when total_spend_cny is not null or total_paid_gmv_cny is not null then 'whole_site' else 'standard' end as promotion,
        coalesce(spend_cny, total_spend_cny) as spend_cny,
        subject_spend_cny,
        clicks,
        paid_orders as claimed_orders,
        paid_gmv_cny as claimed_gmv_cny,
        refund_7d_cny as claimed_refund_7d_cny,
        refund_14d_cny as claimed_refund_14d_cny,
        room_views,
        coalesce(room_paid_orders, total_paid_orders) as room_orders,
        coalesce(room_paid_gmv_cny, total_paid_gmv_cny) as room_gmv_cny,
        net_gmv_1h_cny as room_net_gmv_1h_cny,
        _exported_at as fetched_at,
        _load_id as load_id,
        {{ version_columns() }}
    from source
    qualify row_number() over (
        partition by _load_id, advertiser_id, live_session_id, aweme_id, stat_at
        order by _row_number desc
    ) = 1
)

select * from final
