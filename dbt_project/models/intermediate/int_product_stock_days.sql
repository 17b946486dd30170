{#- What of a product could be sold at the close of a day: over all its skus and warehouses. -#}
{{- config(materialized='keyed', key=['product_id', 'date']) -}}
{%- set touched -%}
    select
        products.product_id,
        stock.date
    from {{ changes('fct_stock_days') }} as stock
    inner join {{ ref('dim_product') }} as products on stock.sku_id = products.sku_id
    union all
    select
        products.product_id,
        stock.date
    from {{ changes('dim_product') }} as products
    inner join {{ ref('fct_stock_days') }} as stock on products.sku_id = stock.sku_id
{%- endset -%}
{{- reopen(touched) -}}
with stock as (
    select
        products.product_id,
        stock.*
    from {{ ref('fct_stock_days') }} as stock
    inner join {{ ref('dim_product') }} as products on stock.sku_id = products.sku_id
),

final as (
    select
        product_id,
        date,
        cast(sum(on_hand) as decimal(18, 4)) as on_hand,
        cast(sum(greatest(sellable, 0)) as decimal(18, 4)) as sellable
    from stock
    {{ only_reopened(['product_id', 'date']) }}
    group by product_id, date
)

select * from final
