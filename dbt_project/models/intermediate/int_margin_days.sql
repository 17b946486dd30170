{#- What a yuan of GMV leaves by day of payment: cost of the goods where it is known, and what went back. -#}
{{- config(materialized='keyed', key=['paid_date']) -}}
{%- set touched -%}
    select paid_date from {{ changes('int_sku_days') }}
    union all
    select paid_date from {{ ref('int_sku_days') }}
    where sku_id in (select sku_id from {{ changes('dim_product', of=['sku_id', 'cost_cny']) }})
{%- endset -%}
{{- reopen(touched) -}}
with sold as (
    select * from {{ ref('int_sku_days') }}
    {{ only_reopened(['paid_date']) }}
),

products as (
    select * from {{ ref('dim_product') }}
),

final as (
    select
        sold.paid_date,
        cast(sum(sold.gmv_cny) as decimal(18, 2)) as gmv_cny,
        cast(sum(sold.refund_to_date_cny) as decimal(18, 2)) as refund_cny,
        cast(coalesce(sum(case when products.cost_cny is not null then sold.gmv_cny end), 0) as decimal(18, 2)) as costed_gmv_cny,
        cast(coalesce(sum(products.cost_cny * sold.quantity), 0) as decimal(18, 2)) as cost_cny
    from sold
    left join products on sold.sku_id = products.sku_id
    group by sold.paid_date
)

select * from final
