{#- What a product sold on a day, in sums that add up to weeks and months. -#}
{{- config(materialized='keyed', key=['product_id', 'date']) -}}
{%- set line_columns = [
    'platform', 'order_id', 'sub_order_id', 'product_id', 'sku_id', 'paid_date', 'quantity', 'gmv_cny', 'refund_to_date_cny', 'net_cny',
    'is_new_customer',
] -%}
{%- set touched -%}
    select
        product_id,
        paid_date as date
    from {{ changes('fct_order_lines', of=line_columns) }}
    where paid_date is not null
    union all
    -- a cost that changes reopens the days on which its sku was sold
    select
        product_id,
        paid_date as date
    from {{ ref('fct_order_lines') }}
    where paid_date is not null and sku_id in (select sku_id from {{ changes('dim_product', of=['sku_id', 'cost_cny']) }})
{%- endset -%}
{{- reopen(touched) -}}
with lines as (
    select * from {{ ref('fct_order_lines') }}
    where paid_date is not null {{ only_reopened(['product_id', 'paid_date'], ['product_id', 'date'], also='and') }}
),

products as (
    select * from {{ ref('dim_product') }}
),

final as (
    select
        lines.product_id,
        lines.paid_date as date,
        count(distinct lines.platform || ' ' || lines.order_id) as orders,
        cast(sum(lines.quantity) as bigint) as quantity,
        cast(sum(lines.gmv_cny) as decimal(18, 2)) as gmv_cny,
        cast(sum(lines.refund_to_date_cny) as decimal(18, 2)) as refund_to_date_cny,
        cast(sum(lines.net_cny) as decimal(18, 2)) as net_cny,
        cast(sum(case when products.cost_cny is not null then lines.net_cny end) as decimal(18, 2)) as costed_net_cny,
        cast(sum(lines.quantity * products.cost_cny) as decimal(18, 2)) as cost_cny,
        sum(case when lines.is_new_customer then 1 else 0 end) as new_customer_lines,
        count(*) as paid_lines
    from lines
    left join products on lines.sku_id = products.sku_id
    group by lines.product_id, lines.paid_date
)

select * from final
