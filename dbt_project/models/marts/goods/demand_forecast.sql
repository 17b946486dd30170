{#- Pieces of each of the next 14 days, as enrich/forecast.py gives them, with the measures that chose the method. -#}
{{- config(materialized='keyed', key=['sku_id', 'date']) -}}
{%- set touched -%}
    select sku_id, date from {{ enriched_changes('demand_forecast') }}
    union all
    select forecasts.sku_id, forecasts.date
    from {{ enriched('demand_forecast') }} as forecasts
    where forecasts.date in (select date from {{ changes('int_forecast_days') }})
{%- endset -%}
{{- reopen(touched) -}}
with forecasts as (
    select * from {{ enriched('demand_forecast') }}
    {{ only_reopened(['sku_id', 'date']) }}
),

days as (
    select * from {{ ref('int_forecast_days') }}
),

final as (
    select
        forecasts.sku_id,
        forecasts.date,
        forecasts.as_of,
        cast(round(forecasts.p50, 4) as decimal(18, 4)) as p50,
        cast(round(forecasts.p90, 4) as decimal(18, 4)) as p90,
        cast(round(forecasts.total_14d_p50, 4) as decimal(18, 4)) as total_14d_p50,
        cast(round(forecasts.total_14d_p90, 4) as decimal(18, 4)) as total_14d_p90,
        forecasts.method,
        days.live_hours,
        days.uplift as promotion_uplift,
        forecasts.backtest_days,
        cast(round(forecasts.backtest_wmape, 6) as decimal(18, 6)) as backtest_wmape,
        cast(round(forecasts.naive_wmape, 6) as decimal(18, 6)) as naive_wmape,
        cast(round(forecasts.pinball_p50, 6) as decimal(18, 6)) as pinball_p50,
        cast(round(forecasts.pinball_p90, 6) as decimal(18, 6)) as pinball_p90,
        cast(round(forecasts.naive_pinball_p50, 6) as decimal(18, 6)) as naive_pinball_p50,
        cast(round(forecasts.naive_pinball_p90, 6) as decimal(18, 6)) as naive_pinball_p90
    from forecasts
    left join days on forecasts.date = days.date
)

select * from final
