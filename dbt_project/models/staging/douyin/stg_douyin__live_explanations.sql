{{ config(materialized='newest', key=['live_session_id', 'product_id', 'explain_started_at']) }}
with source as (
    select * from {{ source('raw', 'douyin__live_products') }}
    where live_session_id is not null and explain_started_at is not null
),

newest as (
    select *
    from source
    {{ newest_version(['live_session_id', 'product_id', 'explain_started_at']) }}
),

final as (
    select
        live_session_id,
        product_id,
        product_name,
        explain_started_at,
        explain_ended_at,
        cast(explained_gmv_cny as decimal(18, 2)) as explained_gmv_cny,
        {{ version_columns() }}
    from newest
)

select * from final
