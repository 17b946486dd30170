{{ config(materialized='newest', key=['experiment_id', 'variant_id']) }}
with source as (
    select * from {{ source('raw', 'shop__experiments') }}
),

newest as (
    select *
    from source
    {{ newest_version(['experiment_id', 'variant_id']) }}
),

final as (
    select
        experiment_id,
        variant_id,
        name as experiment_name,
        subject,
        is_control,
        planned_share,
        started_at,
        ended_at,
        -- blank while it runs; an end that lies behind the export is a plan
        ended_at is not null and (_exported_at is null or ended_at <= _exported_at) as is_ended,
        primary_metric,
        {{ version_columns() }}
    from newest
)

select * from final
