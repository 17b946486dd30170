{{ config(materialized='newest', key=['live_session_id', 'minute_at', 'metric']) }}
with source as (
    select * from {{ source('raw', 'douyin__live_minutes') }}
    where live_session_id is not null
),

newest as (
    select *
    from source
    {{ newest_version(['live_session_id', 'minute_at', 'metric']) }}
),

final as (
    select
        live_session_id,
        minute_at,
        metric,
        value,
        {{ version_columns() }}
    from newest
)

select * from final
