{#- The fortnight's forecast of each sku, and the day whose stock it stands beside: the sku's last with a snapshot. -#}
{{- config(materialized='whole') -}}
with forecasts as (
    select
        sku_id,
        as_of,
        max(total_14d_p50) as total_14d_p50,
        max(total_14d_p90) as total_14d_p90
    from {{ ref('demand_forecast') }}
    group by sku_id, as_of
),

last_stock as (
    select distinct
        sku_id,
        date
    from {{ ref('int_stock_latest') }}
),

final as (
    select
        forecasts.sku_id,
        last_stock.date,
        forecasts.as_of,
        forecasts.total_14d_p50,
        forecasts.total_14d_p90
    from forecasts
    left join last_stock on forecasts.sku_id = last_stock.sku_id
)

select * from final
