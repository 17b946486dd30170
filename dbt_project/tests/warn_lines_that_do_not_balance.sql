-- List, discounts and freight do not explain what was paid: a price change (改价), a tax, or a column read wrongly.
{{ config(severity='warn') }}
select
    platform,
    sub_order_id,
    adjustment_cny,
    paid_cny
from {{ ref('fct_order_lines') }}
where adjustment_cny <> 0
