{{ config(materialized='newest', key=['supplier_id']) }}
with source as (
    select * from {{ source('raw', 'supply__suppliers') }}
),

newest as (
    select *
    from source
    {{ newest_version(['supplier_id']) }}
),

final as (
    select
        supplier_id,
        supplier_name,
        category,
        lead_time_days,
        contract_tier,
        monthly_capacity,
        {{ version_columns() }}
    from newest
)

select * from final
