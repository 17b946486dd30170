{#- Sums before the joins = sums after them: lines as staged (抖音: by file and API), merged, priced, published, and as orders. -#}
{%- set stations = [
    'stg_douyin__order_lines', 'stg_douyin__api_order_lines', 'stg_kuaishou__order_lines', 'int_weixin_order_lines',
    'int_taobao_order_lines', 'int_order_lines_merged', 'int_order_lines_priced', 'fct_order_lines', 'int_orders', 'fct_refunds'
] -%}
{%- set these = only_changed(stations, ['platform', 'order_id']) -%}
{%- set and_these = only_changed(stations, ['platform', 'order_id'], also='and') -%}
with published as (
    select
        count(*) as line_count,
        coalesce(sum(paid_cny), 0) as paid_cny,
        coalesce(sum(gmv_cny), 0) as gmv_cny,
        coalesce(sum(refund_to_date_cny), 0) as refund_cny
    from {{ ref('fct_order_lines') }}
    {{ these }}
),

merged as (
    select
        count(*) as line_count,
        coalesce(sum(coalesce(payable_cny, 0)), 0) as paid_cny
    from {{ ref('int_order_lines_merged') }}
    {{ these }}
),

staged as (
    select count(*) as line_count
    from (
        select sub_order_id from {{ ref('stg_douyin__order_lines') }}
        {{ these }}
        union distinct
        select sub_order_id from {{ ref('stg_douyin__api_order_lines') }}
        {{ these }}
        {%- for shop in [ref('stg_kuaishou__order_lines'), ref('int_weixin_order_lines'), ref('int_taobao_order_lines')] %}
        union all
        select sub_order_id from {{ shop }}
        {{ these }}
        {%- endfor %}
    ) as keys
),

orders as (
    select
        coalesce(sum(line_count), 0) as line_count,
        coalesce(sum(gmv_cny), 0) as gmv_cny,
        coalesce(sum(refund_to_date_cny), 0) as refund_cny
    from {{ ref('int_orders') }}
    {{ these }}
),

refunds as (
    select coalesce(sum(refund_cny), 0) as refund_cny
    from {{ ref('fct_refunds') }}
    where has_order {{ and_these }}
)

select
    published.*,
    staged.line_count as staged_lines,
    orders.gmv_cny as orders_gmv_cny,
    refunds.refund_cny as refunds_cny
from published
cross join merged
cross join staged
cross join orders
cross join refunds
where
    published.line_count is distinct from merged.line_count
    or published.line_count is distinct from staged.line_count
    or published.line_count is distinct from orders.line_count
    or published.paid_cny is distinct from merged.paid_cny
    or published.gmv_cny is distinct from orders.gmv_cny
    or published.refund_cny is distinct from orders.refund_cny
    or published.refund_cny is distinct from refunds.refund_cny
