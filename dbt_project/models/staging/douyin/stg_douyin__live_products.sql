{{ config(materialized='newest', key=['live_session_id', 'product_id']) }}
with source as (
    -- the list of a room's products (小黄车); rows with a talk are explanations (stg_douyin__live_explanations)
    select * from {{ source('raw', 'douyin__live_products') }}
    where live_session_id is not null and explain_started_at is null
),

newest as (
    select *
    from source
    {{ newest_version(['live_session_id', 'product_id']) }}
),

final as (
    select
        live_session_id,
        product_id,
        product_name,
        shop_id,
        listed_at,
        cast(stock as bigint) as stock,
        cast(campaign_stock as bigint) as campaign_stock,
        cast(explanations as bigint) as explanations,
        cast(product_exposure_users as bigint) as product_exposure_users,
        cast(product_click_users as bigint) as product_click_users,
        cast(paid_items as bigint) as paid_items,
        cast(paid_orders as bigint) as paid_orders,
        cast(created_orders as bigint) as created_orders,
        cast(unpaid_orders as bigint) as unpaid_orders,
        cast(presale_orders as bigint) as presale_orders,
        cast(refund_orders as bigint) as refund_orders,
        cast(price_cny as decimal(18, 2)) as price_cny,
        cast(gmv_cny as decimal(18, 2)) as gmv_cny,
        cast(gmv_all_cny as decimal(18, 2)) as gmv_all_cny,
        cast(peak_minute_gmv_cny as decimal(18, 2)) as peak_minute_gmv_cny,
        cast(presale_gmv_cny as decimal(18, 2)) as presale_gmv_cny,
        cast(refund_cny as decimal(18, 2)) as refund_cny,
        _exported_at as exported_at,
        {{ version_columns() }}
    from newest
)

select * from final
