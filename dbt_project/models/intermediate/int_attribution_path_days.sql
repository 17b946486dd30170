{#- Journeys counted by day, path and outcome: they add up over days, so a late journey costs its own day. Orders count on the day of
    their payment, null journeys on that of their last touch; an order without any touch has outcome 'unattributed'. -#}
{{- config(materialized='keyed', key=['date']) -}}
{%- set touched -%}
    select paid_date as date from {{ changes('attribution_journeys') }}
    union all
    select last_touch_date as date from {{ changes('int_journeys_null') }}
{%- endset -%}
{{- reopen(touched) -}}
with journeys as (
    select
        paid_date as date,
        short_path as path,
        case when touch_count = 0 then 'unattributed' else 'order' end as outcome,
        gmv_cny
    from {{ ref('attribution_journeys') }}
    {{ only_reopened(['paid_date'], keys=['date']) }}
    union all
    select
        last_touch_date as date,
        short_path as path,
        'none' as outcome,
        cast(0 as decimal(18, 2)) as gmv_cny
    from {{ ref('int_journeys_null') }}
    {{ only_reopened(['last_touch_date'], keys=['date']) }}
),

final as (
    select
        date,
        path,
        outcome,
        count(*) as journeys,
        cast(sum(gmv_cny) as decimal(18, 2)) as gmv_cny
    from journeys
    group by date, path, outcome
)

select * from final
