{{ config(materialized='newest', key=['warehouse_id']) }}
with source as (
    select * from {{ source('raw', 'shop__warehouses') }}
),

newest as (
    select *
    from source
    {{ newest_version(['warehouse_id']) }}
),

final as (
    select
        warehouse_id,
        warehouse_name,
        province,
        city,
        daily_capacity,
        {{ version_columns() }}
    from newest
)

select * from final
