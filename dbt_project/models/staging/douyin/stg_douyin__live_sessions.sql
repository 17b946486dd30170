{{ config(materialized='newest', key=['account_id', 'started_at']) }}
with source as (
    select * from {{ source('raw', 'douyin__live_sessions') }}
),

newest as (
    select *
    from source
    {{ newest_version(['account_id', 'started_at']) }}
),

final as (
    select
        account_id,
        account_name,
        started_at,
        ended_at,
        duration_minutes,
        avg_watch_minutes,
        old_fan_rate,
        cast(exposure_users as bigint) as exposure_users,
        cast(exposures as bigint) as exposures,
        cast(viewers as bigint) as viewers,
        cast(views as bigint) as views,
        cast(incentive_views as bigint) as incentive_views,
        cast(peak_online as bigint) as peak_online,
        cast(avg_online as bigint) as avg_online,
        cast(comments as bigint) as comments,
        cast(new_club_members as bigint) as new_club_members,
        cast(follows as bigint) as follows,
        cast(unfollows as bigint) as unfollows,
        cast(products as bigint) as products,
        cast(product_exposure_users as bigint) as product_exposure_users,
        cast(product_click_users as bigint) as product_click_users,
        cast(product_exposures as bigint) as product_exposures,
        cast(product_clicks as bigint) as product_clicks,
        cast(paid_orders as bigint) as paid_orders,
        cast(paid_items as bigint) as paid_items,
        cast(buyers as bigint) as buyers,
        cast(refund_orders as bigint) as refund_orders,
        cast(refund_buyers as bigint) as refund_buyers,
        cast(presale_orders as bigint) as presale_orders,
        cast(new_group_members as bigint) as new_group_members,
        cast(net_orders as bigint) as net_orders,
        cast(refund_orders_1h as bigint) as refund_orders_1h,
        cast(vouchers_used as bigint) as vouchers_used,
        cast(gmv_cny as decimal(18, 2)) as gmv_cny,
        cast(user_paid_cny as decimal(18, 2)) as user_paid_cny,
        cast(refund_cny as decimal(18, 2)) as refund_cny,
        cast(estimated_commission_cny as decimal(18, 2)) as estimated_commission_cny,
        cast(presale_gmv_cny as decimal(18, 2)) as presale_gmv_cny,
        cast(shop_bound_spend_cny as decimal(18, 2)) as shop_bound_spend_cny,
        cast(shop_promoted_spend_cny as decimal(18, 2)) as shop_promoted_spend_cny,
        cast(net_gmv_cny as decimal(18, 2)) as net_gmv_cny,
        cast(refund_1h_cny as decimal(18, 2)) as refund_1h_cny,
        cast(voucher_paid_cny as decimal(18, 2)) as voucher_paid_cny,
        cast(voucher_subsidy_cny as decimal(18, 2)) as voucher_subsidy_cny,
        _exported_at as exported_at,
        {{ version_columns() }}
    from newest
)

select * from final
