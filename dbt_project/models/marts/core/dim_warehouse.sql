{{- config(materialized='whole') -}}
with known as (
    select * from {{ ref('stg_shop__warehouses') }}
),

-- Warehouses that only the ERP knows, and 'all' where an export has no warehouse column.
stocked as (
    select
        warehouse_id,
        max(warehouse_name) as warehouse_name
    from {{ ref('stg_erp__stock_levels') }}
    group by warehouse_id
),

final as (
    select
        coalesce(known.warehouse_id, stocked.warehouse_id) as warehouse_id,
        coalesce(known.warehouse_name, stocked.warehouse_name, stocked.warehouse_id) as warehouse_name,
        known.province,
        known.city,
        cast(known.daily_capacity as bigint) as daily_capacity,
        known.warehouse_id is not null as is_listed
    from known
    full outer join stocked on known.warehouse_id = stocked.warehouse_id
)

select * from final
