{{ config(materialized='newest', key=['sku_id']) }}
with source as (
    select * from {{ source('raw', 'shop__products') }}
),

newest as (
    select *
    from source
    {{ newest_version(['sku_id']) }}
),

final as (
    select
        sku_id,
        product_id,
        product_name,
        category,
        category_tier,
        role as product_role,
        list_price_cny,
        cost_cny,
        supplier_id,
        listed_at,
        competitor_price_cny,
        is_exclusive,
        {{ version_columns() }}
    from newest
)

select * from final
