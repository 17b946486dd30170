{#- The stock of each sku as its last snapshot tells it: of the last day with one, not older than a week before as_of. -#}
{{- config(materialized='whole') -}}
with recent as (
    select
        stock.sku_id,
        stock.warehouse_id,
        stock.date,
        stock.on_hand,
        stock.sellable,
        max(stock.date) over (partition by stock.sku_id) as last_date
    from {{ ref('fct_stock_days') }} as stock
    inner join {{ ref('int_data_span') }} as span
        on stock.date <= span.as_of and stock.date > cast(span.as_of - interval 7 day as date)
),

final as (
    select
        sku_id,
        warehouse_id,
        date,
        on_hand,
        sellable
    from recent
    where date = last_date
)

select * from final
