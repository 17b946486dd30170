{#- What of each product was sold and what was asked back, by day: the small table that return alerts are made of. -#}
{{- config(materialized='keyed', key=['product_id', 'date']) -}}
{%- set touched -%}
    select product_id, paid_date as date from {{ changes('fct_order_lines', of=['product_id', 'paid_date']) }} where paid_date is not null
    union all
    select product_id, applied_date as date from {{ changes('fct_refunds') }} where applied_date is not null
{%- endset -%}
{{- reopen(touched) -}}
with sold as (
    select
        product_id,
        paid_date as date,
        count(*) as sold_lines
    from {{ ref('fct_order_lines') }}
    where paid_date is not null {{ only_reopened(['product_id', 'paid_date'], keys=['product_id', 'date'], also='and') }}
    group by product_id, paid_date
),

-- A refund before shipping is a change of mind, no return; withdrawn and refused ones are none either.
returned as (
    select
        product_id,
        applied_date as date,
        count(distinct coalesce(sub_order_id, after_sale_id)) as returned_lines
    from {{ ref('fct_refunds') }}
    where
        kind in ('return_and_refund', 'refund_after_shipping') and after_sale_status not in ('closed', 'rejected') and applied_date is not null
        {{ only_reopened(['product_id', 'applied_date'], keys=['product_id', 'date'], also='and') }}
    group by product_id, applied_date
),

final as (
    select
        coalesce(sold.product_id, returned.product_id) as product_id,
        coalesce(sold.date, returned.date) as date,
        coalesce(sold.sold_lines, 0) as sold_lines,
        coalesce(returned.returned_lines, 0) as returned_lines
    from sold
    full outer join returned on sold.product_id = returned.product_id and sold.date = returned.date
)

select * from final
