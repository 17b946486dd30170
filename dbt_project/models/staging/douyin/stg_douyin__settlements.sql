{{ config(materialized='newest', key=['sub_order_id', 'settled_at', 'settlement_type']) }}
with source as (
    select
        *,
        coalesce(settlement_type, 'unknown') as known_type
    from {{ source('raw', 'douyin__settlements') }}
),

newest as (
    select *
    from source
    {{ newest_version(['sub_order_id', 'settled_at', 'known_type']) }}
),

final as (
    select
        'douyin' as platform,
        sub_order_id,
        settled_at,
        known_type as settlement_type,
        order_id,
        product_id,
        settled_cny,
        coalesce(user_paid_cny, 0) as user_paid_cny,
        -- what a column of the bill is written with a sign by some and without by others
        abs(coalesce(pre_settlement_refund_cny, 0)) as pre_settlement_refund_cny,
        income_total_cny,
        expense_total_cny,
        _exported_at as exported_at,
        {{ version_columns() }}
    from newest
)

select * from final
