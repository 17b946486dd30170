{#- Journeys counted by period, path and outcome: all that a Markov chain and the intervals around it need (enrich/markov.py).
    A null journey whose look-back is not over on as_of may still become an order: it is open, left out and counted as open. -#}
{{- config(materialized='summed', key=['period_type', 'period', 'outcome', 'path'], rows='journeys') -}}
{#- Journeys that came and went, in the periods as they lie now; and those that stayed, where the periods moved: as they are now, less
    those that came and went just now. -#}
{%- set meetings = [(signed('int_attribution_path_days'), ref('int_attribution_span_days'), 'path_days._sign')] -%}
{%- if continues() -%}
    {%- do meetings.append((ref('int_attribution_path_days'), signed('int_attribution_span_days'), 'span_days._sign')) -%}
    {%- do meetings.append((signed('int_attribution_path_days'), signed('int_attribution_span_days'), '-path_days._sign * span_days._sign')) -%}
{%- endif -%}
with placed as (
    {% for days, spans, sign in meetings -%}
    select
        span_days.period_type,
        span_days.period,
        span_days.is_open,
        path_days.path,
        path_days.outcome,
        {{ sign }} * path_days.journeys as journeys,
        {{ sign }} * path_days.gmv_cny as gmv_cny
    from {{ days }} as path_days
    inner join {{ spans }} as span_days on path_days.date = span_days.date
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

counted as (
    select
        period_type,
        period,
        case when is_open and outcome = 'none' then 'open' else outcome end as outcome,
        case when is_open and outcome = 'none' then 'any' else path end as path,
        journeys,
        gmv_cny
    from placed
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
