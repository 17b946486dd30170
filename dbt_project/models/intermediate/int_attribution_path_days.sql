{#- Journeys counted by day, path and outcome: they add up over days, and a late journey costs itself alone. Orders count on the day of
    their payment, null journeys on that of their last touch; an order without any touch has outcome 'unattributed'. -#}
{{- config(materialized='summed', key=['date', 'path', 'outcome'], rows='journeys') -}}
with journeys as (
    select
        paid_date as date,
        short_path as path,
        case when touch_count = 0 then 'unattributed' else 'order' end as outcome,
        gmv_cny,
        _sign
    from {{ signed('attribution_journeys') }} as ordered
    union all
    select
        last_touch_date as date,
        short_path as path,
        'none' as outcome,
        cast(0 as decimal(18, 2)) as gmv_cny,
        _sign
    from {{ signed('int_journeys_null') }} as unordered
),

final as (
    select
        date,
        path,
        outcome,
        cast(sum(_sign) as bigint) as journeys,
        cast(sum(_sign * gmv_cny) as decimal(18, 2)) as gmv_cny
    from journeys
    group by date, path, outcome
)

select * from final
