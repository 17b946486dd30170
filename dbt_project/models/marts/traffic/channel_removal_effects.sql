{{- config(materialized='keyed', key=['period_type', 'period']) -}}
{%- set touched -%}
    select period_type, period from {{ enriched_changes('markov_effects') }}
    union all
    select period_type, period from {{ changes('int_attribution_paths') }}
    union all
    select period_type, period from {{ changes('int_attribution_spans') }}
{%- endset -%}
{{- reopen(touched) -}}
with effects as (
    select * from {{ enriched('markov_effects') }}
    {{ only_reopened(['period_type', 'period']) }}
),

spans as (
    select * from {{ ref('int_attribution_spans') }}
),

placed as (
    select
        span_days.period_type,
        span_days.period,
        {{ outcome_by_then('path_days.outcome', 'span_days.is_open') }} as outcome,
        path_days.journeys
    from {{ ref('int_attribution_path_days') }} as path_days
    inner join {{ ref('int_attribution_span_days') }} as span_days on path_days.date = span_days.date
    {{ only_reopened(['span_days.period_type', 'span_days.period'], keys=['period_type', 'period']) }}
),

journeys as (
    select
        period_type,
        period,
        sum(case when outcome = 'none' then journeys else 0 end) as null_journeys,
        sum(case when outcome = 'open' then journeys else 0 end) as open_journeys
    from placed
    group by period_type, period
),

final as (
    select
        effects.period_type,
        effects.period,
        spans.first_date,
        spans.last_date,
        effects.channel,
        cast(round(effects.removal_effect, 9) as decimal(18, 9)) as removal_effect,
        effects.credit_orders,
        effects.credit_gmv_cny,
        effects.journeys,
        effects.order_journeys,
        effects.credit_low,
        effects.credit_high,
        effects.journeys >= {{ var('markov_min_journeys') }} as is_supported,
        cast(journeys.null_journeys as bigint) as period_null_journeys,
        cast(journeys.open_journeys as bigint) as period_open_journeys,
        journeys.open_journeys > 0 as is_provisional
    from effects
    inner join spans on effects.period_type = spans.period_type and effects.period = spans.period
    inner join journeys on effects.period_type = journeys.period_type and effects.period = journeys.period
)

select * from final
