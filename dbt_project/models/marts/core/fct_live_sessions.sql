{{- config(materialized='keyed', key=['live_session_id']) -}}
{%- set touched -%}
    select live_session_id from {{ changes('dim_live_session') }}
    union all
    select live_session_id from {{ ref('dim_live_session') }}
    where (account_id, started_at) in (select account_id, started_at from {{ changes('stg_douyin__live_sessions') }})
    union all
    select live_session_id from {{ changes('int_live_session_orders') }}
{%- endset -%}
{{- reopen(touched) -}}
{%- set counts = [
    'exposure_users', 'exposures', 'viewers', 'views', 'incentive_views', 'peak_online',
    'avg_online', 'comments', 'new_club_members', 'follows', 'unfollows', 'products',
    'product_exposure_users', 'product_click_users', 'product_exposures', 'product_clicks', 'paid_orders', 'paid_items',
    'buyers', 'refund_orders', 'refund_buyers', 'presale_orders', 'new_group_members', 'net_orders',
    'refund_orders_1h', 'vouchers_used'
] -%}
{%- set amounts = [
    'gmv_cny', 'user_paid_cny', 'refund_cny', 'estimated_commission_cny', 'presale_gmv_cny',
    'shop_bound_spend_cny', 'shop_promoted_spend_cny', 'net_gmv_cny', 'refund_1h_cny', 'voucher_paid_cny',
    'voucher_subsidy_cny'
] -%}
with dimension as (
    select * from {{ ref('dim_live_session') }}
    {{ only_reopened(['live_session_id']) }}
),

sessions as (
    select * from {{ ref('stg_douyin__live_sessions') }}
),

orders as (
    select * from {{ ref('int_live_session_orders') }}
    {{ only_reopened(['live_session_id']) }}
),

final as (
    select
        dimension.live_session_id,
        dimension.platform,
        dimension.account_id,
        dimension.started_at,
        dimension.ended_at,
        dimension.session_date,
        dimension.is_in_compass,
        cast(coalesce(sessions.duration_minutes * 60, {{ dbt.datediff('dimension.started_at', 'dimension.ended_at', 'second') }}) as bigint)
            as duration_seconds,
        cast(sessions.avg_watch_minutes * 60 as decimal(18, 2)) as avg_watch_seconds,
        cast(sessions.old_fan_rate as decimal(18, 6)) as old_fan_rate,
        {% for column in counts + amounts -%}
        sessions.{{ column }},
        {% endfor -%}
        orders.live_session_id is not null as has_linked_orders,
        cast(coalesce(orders.orders_created, 0) as bigint) as linked_orders_created,
        cast(coalesce(orders.orders_paid, 0) as bigint) as linked_orders_paid,
        cast(coalesce(orders.orders_completed, 0) as bigint) as linked_orders_completed,
        cast(coalesce(orders.buyers_paid, 0) as bigint) as linked_buyers,
        cast(coalesce(orders.pieces_paid, 0) as bigint) as linked_pieces,
        cast(coalesce(orders.gmv_cny, 0) as decimal(18, 2)) as linked_gmv_cny,
        cast(coalesce(orders.net_cny, 0) as decimal(18, 2)) as linked_net_cny,
        sessions.exported_at
    from dimension
    left join sessions
        on
            case when dimension.is_in_compass then dimension.account_id end = sessions.account_id
            and dimension.started_at = sessions.started_at
    left join orders on dimension.live_session_id = orders.live_session_id
)

select * from final
