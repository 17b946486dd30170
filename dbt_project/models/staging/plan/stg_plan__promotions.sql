{{ config(materialized='newest', key=['promotion_id']) }}
with source as (
    select * from {{ source('raw', 'plan__promotions') }}
),

newest as (
    select *
    from source
    {{ newest_version(['promotion_id']) }}
),

final as (
    select
        promotion_id,
        name as promotion_name,
        starts_on,
        ends_on,
        uplift,
        {{ version_columns() }}
    from newest
)

select * from final
