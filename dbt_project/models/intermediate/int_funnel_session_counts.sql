{#- The stages of the funnel by live session. Where 罗盘 counts the room, its people (人数: each stage is a part of the one before);
    else the touches. Orders are ours by room id; without any, the room's own count of paid orders. -#}
{{- config(materialized='whole') -}}
with sessions as (
    select * from {{ ref('fct_live_sessions') }}
),

touches as (
    select * from {{ ref('int_live_session_touches') }}
),

orders as (
    select * from {{ ref('int_live_session_orders') }}
),

final as (
    select
        sessions.live_session_id,
        sessions.platform,
        coalesce(sessions.account_id, 'unknown') as account_id,
        coalesce(sessions.started_at, touches.first_touch_at) as started_at,
        case when sessions.is_in_compass then 'people' else 'touches' end as basis,
        case when sessions.is_in_compass then sessions.exposure_users else touches.exposures end as exposures,
        -- on the list of rooms the click is the entry
        case when not sessions.is_in_compass then touches.clicks end as clicks,
        case when sessions.is_in_compass then sessions.viewers else touches.room_enters end as room_enters,
        sessions.product_exposure_users as product_exposures,
        case when sessions.is_in_compass then sessions.product_click_users else touches.product_clicks end as product_clicks,
        case when sessions.has_linked_orders then 'orders' else 'compass' end as orders_from,
        orders.orders_created,
        coalesce(orders.orders_paid, sessions.paid_orders) as orders_paid,
        orders.orders_completed,
        coalesce(orders.buyers_paid, sessions.buyers) as buyers_paid,
        orders.buyers_repurchased,
        coalesce(orders.gmv_cny, sessions.gmv_cny, 0) as gmv_cny
    from sessions
    left join touches on sessions.live_session_id = touches.live_session_id
    left join orders on sessions.live_session_id = orders.live_session_id
)

select * from final
