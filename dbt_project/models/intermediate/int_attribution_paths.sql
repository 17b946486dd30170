{#- Journeys counted by period, path and outcome: all that a Markov chain and the intervals around it need (enrich/markov.py).
    A null journey whose look-back is not over on as_of may still become an order: it is open, left out and counted as open. -#}
{{- config(materialized='keyed', key=['period_type', 'period']) -}}
{%- set touched -%}
    select period_type, period from {{ changes('int_attribution_spans') }}
    union all
    select spans.period_type, spans.period
    from {{ ref('int_attribution_spans') }} as spans
    inner join (select distinct date from {{ changes('int_attribution_path_days') }}) as days
        on days.date between spans.first_date and spans.last_date
    union all
    -- periods with null journeys that the passing of days closes
    select spans.period_type, spans.period
    from {{ ref('int_attribution_spans') }} as spans
    inner join (select min(as_of) as before, max(as_of) as after from {{ changes('int_data_span') }}) as passed
        on spans.last_date + interval {{ var('attribution_lookback_days') }} day > passed.before
            and spans.first_date + interval {{ var('attribution_lookback_days') }} day <= passed.after
{%- endset -%}
{{- reopen(touched) -}}
with spans as (
    select * from {{ ref('int_attribution_spans') }}
    {{ only_reopened(['period_type', 'period']) }}
),

span_days as (
    select
        spans.period_type,
        spans.period,
        days.date,
        days.date + interval {{ var('attribution_lookback_days') }} day > span.as_of as is_open
    from spans
    inner join {{ ref('dim_date') }} as days on days.date between spans.first_date and spans.last_date
    cross join {{ ref('int_data_span') }} as span
),

counted as (
    select
        span_days.period_type,
        span_days.period,
        case when span_days.is_open and path_days.outcome = 'none' then 'open' else path_days.outcome end as outcome,
        case when span_days.is_open and path_days.outcome = 'none' then 'any' else path_days.path end as path,
        path_days.journeys,
        path_days.gmv_cny
    from {{ ref('int_attribution_path_days') }} as path_days
    inner join span_days on path_days.date = span_days.date
),

final as (
    select
        period_type,
        period,
        outcome,
        path,
        cast(sum(journeys) as bigint) as journeys,
        cast(sum(gmv_cny) as decimal(18, 2)) as gmv_cny
    from counted
    group by period_type, period, outcome, path
)

select * from final
