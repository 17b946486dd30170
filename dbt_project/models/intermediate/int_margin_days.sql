{#- What a yuan of GMV leaves by day of payment: cost of the goods where it is known, and what went back. -#}
{{- config(materialized='keyed', key=['paid_date']) -}}
{%- set touched -%}
    select paid_date from {{ changes('fct_order_lines') }} where paid_date is not null
    union all
    select paid_date from {{ ref('fct_order_lines') }}
    where paid_date is not null and sku_id in (select sku_id from {{ changes('dim_product') }})
{%- endset -%}
{{- reopen(touched) -}}
with lines as (
    select * from {{ ref('fct_order_lines') }}
    where paid_date is not null {{ only_reopened(['paid_date'], also='and') }}
),

products as (
    select * from {{ ref('dim_product') }}
),

final as (
    select
        lines.paid_date,
        cast(sum(lines.gmv_cny) as decimal(18, 2)) as gmv_cny,
        cast(sum(lines.refund_to_date_cny) as decimal(18, 2)) as refund_cny,
        cast(coalesce(sum(case when products.cost_cny is not null then lines.gmv_cny end), 0) as decimal(18, 2)) as costed_gmv_cny,
        cast(coalesce(sum(products.cost_cny * lines.quantity), 0) as decimal(18, 2)) as cost_cny
    from lines
    left join products on lines.sku_id = products.sku_id
    group by lines.paid_date
)

select * from final
