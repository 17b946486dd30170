{#- Journeys counted by period, path and outcome: all that a Markov chain and the intervals around it need (enrich/markov.py).
    A null journey whose look-back is not over on as_of may still become an order: it is open, left out and counted as open. -#}
{{- config(materialized='handed', key=['period_type', 'period']) -}}
{%- set touched -%}
    select span_days.period_type, span_days.period
    from (select distinct date from {{ changes('int_attribution_path_days') }}) as days
    inner join {{ ref('int_attribution_span_days') }} as span_days on days.date = span_days.date
    union all
    select period_type, period from {{ changes('int_attribution_span_days') }}
{%- endset -%}
{{- reopen(touched) -}}
with spans as (
    select * from {{ ref('int_attribution_span_days') }}
    {{ only_reopened(['period_type', 'period']) }}
),

placed as (
    select
        spans.period_type,
        spans.period,
        {{ outcome_by_then('path_days.outcome', 'spans.is_open') }} as outcome,
        path_days.path,
        path_days.journeys,
        path_days.gmv_cny
    from {{ ref('int_attribution_path_days') }} as path_days
    inner join spans on path_days.date = spans.date
),

final as (
    select
        period_type,
        period,
        outcome,
        case when outcome = 'open' then 'any' else path end as path,
        cast(sum(journeys) as bigint) as journeys,
        cast(sum(gmv_cny) as decimal(18, 2)) as gmv_cny
    from placed
    group by period_type, period, outcome, case when outcome = 'open' then 'any' else path end
)

select * from final
