{#- The periods on show: every month, and the 90 days that end with each full month and with as_of; the last
    attribution_periods_months months of them, so that a rebuild's cost is bounded. A month that runs ends on as_of. -#}
{{- config(materialized='whole') -}}
with days as (
    select * from {{ ref('dim_date') }}
),

months as (
    select
        month_start_date as first_date,
        max(date) as last_date,
        max(case when is_as_of then 1 else 0 end) = 1 as is_current
    from days
    group by month_start_date
),

as_of as (
    select date as as_of
    from days
    where is_as_of
),

-- as_of may be the last day of its month: one window, not two
ends as (
    select distinct last_date from months
),

spans as (
    select
        'month' as period_type,
        left(cast(first_date as string), 7) as period,
        first_date,
        last_date
    from months
    union all
    select
        'rolling_90d' as period_type,
        cast(last_date as string) as period,
        cast(last_date - interval 89 day as date) as first_date,
        last_date
    from ends
),

final as (
    select spans.*
    from spans
    cross join as_of
    where spans.last_date > as_of.as_of - interval {{ var('attribution_periods_months') }} month
)

select * from final
