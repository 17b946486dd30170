{#- What is known ahead of each day, from forecast_history_days back to 14 days ahead: hours on the air (直播排期) and promotions (大促). -#}
{{- config(materialized='whole') -}}
with span as (
    select * from {{ ref('int_data_span') }}
),

days as (
    select
        as_of,
        cast({{ days_between(
            "greatest(first_date, cast(as_of - interval " ~ var('forecast_history_days') ~ " day as date))",
            "cast(as_of + interval 14 day as date)"
        ) }} as date) as date
    from span
    where as_of is not null
),

-- Hosts relieve each other: a plan is on the air from its first host to its last.
plans as (
    select
        plan_id,
        min(starts_at) as starts_at,
        max(ends_at) as ends_at
    from {{ ref('stg_plan__live_schedule') }}
    group by plan_id
),

on_air as (
    select
        cast(starts_at as date) as date,
        count(*) as sessions,
        sum(greatest({{ dbt.datediff('starts_at', 'ends_at', 'minute') }}, 0)) / 60.0 as live_hours
    from plans
    group by cast(starts_at as date)
),

promoted as (
    select
        days.date,
        max(promotions.uplift) as uplift
    from days
    inner join {{ ref('stg_plan__promotions') }} as promotions on days.date between promotions.starts_on and promotions.ends_on
    group by days.date
),

final as (
    select
        days.date,
        days.as_of,
        coalesce(on_air.sessions, 0) as live_sessions,
        cast(coalesce(on_air.live_hours, 0) as decimal(18, 4)) as live_hours,
        cast(coalesce(promoted.uplift, 1) as decimal(18, 4)) as uplift
    from days
    left join on_air on days.date = on_air.date
    left join promoted on days.date = promoted.date
)

select * from final
