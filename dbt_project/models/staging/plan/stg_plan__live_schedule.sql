{{ config(materialized='newest', key=['plan_id', 'host_id', 'starts_at']) }}
with source as (
    select * from {{ source('raw', 'plan__live_schedule') }}
),

newest as (
    select *
    from source
    {{ newest_version(['plan_id', 'host_id', 'starts_at']) }}
),

final as (
    select
        plan_id,
        account_id,
        starts_at,
        ends_at,
        host_id,
        host_name,
        coalesce(role, 'host') as host_role,
        live_session_id,
        {{ version_columns() }}
    from newest
)

select * from final
