{{- config(materialized='whole') -}}
with known as (
    select * from {{ ref('stg_supply__suppliers') }}
),

-- Suppliers that only a purchase order knows.
bought_from as (
    select
        supplier_id,
        max(supplier_name) as supplier_name
    from {{ ref('stg_erp__purchase_lines') }}
    where supplier_id is not null
    group by supplier_id
),

final as (
    select
        coalesce(known.supplier_id, bought_from.supplier_id) as supplier_id,
        coalesce(known.supplier_name, bought_from.supplier_name, known.supplier_id, bought_from.supplier_id) as supplier_name,
        known.category,
        cast(known.lead_time_days as integer) as lead_time_days,
        known.contract_tier,
        cast(known.monthly_capacity as bigint) as monthly_capacity,
        known.supplier_id is not null as is_listed
    from known
    full outer join bought_from on known.supplier_id = bought_from.supplier_id
)

select * from final
