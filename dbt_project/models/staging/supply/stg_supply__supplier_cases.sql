{{ config(materialized='newest', key=['case_id']) }}
with source as (
    select * from {{ source('raw', 'supply__supplier_cases') }}
),

newest as (
    select *
    from source
    {{ newest_version(['case_id']) }}
),

final as (
    select
        case_id,
        supplier_id,
        opened_at,
        kind,
        responded_at,
        closed_at,
        {{ version_columns() }}
    from newest
)

select * from final
