{{ config(materialized='newest', key=['product_id', 'competitor_id', 'seen_at']) }}
with source as (
    select * from {{ source('raw', 'market__competitor_prices') }}
),

newest as (
    select *
    from source
    {{ newest_version(['product_id', 'competitor_id', 'seen_at']) }}
),

final as (
    select
        product_id,
        competitor_id,
        seen_at,
        price_cny,
        {{ version_columns() }}
    from newest
)

select * from final
