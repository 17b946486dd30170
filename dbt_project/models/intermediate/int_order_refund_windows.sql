{#- What of an order's money went back within 7 and 14 days of its payment, whenever it was told: charged to the order that was won. -#}
{{- config(materialized='keyed', key=['platform', 'order_id']) -}}
{%- set touched -%}
    select platform, order_id from {{ changes('int_order_lines_merged', of=['platform', 'order_id', 'sub_order_id']) }}
    union all
    select platform, order_id from {{ changes('int_orders', of=['platform', 'order_id', 'paid_at', 'is_paid']) }}
    union all
    select platform, order_id from {{ ref('int_order_lines_merged') }}
    where (platform, sub_order_id) in (select platform, sub_order_id from {{ changes('int_refunds_settled') }})
{%- endset -%}
{{- reopen(touched) -}}
with lines as (
    select
        platform,
        order_id,
        sub_order_id
    from {{ ref('int_order_lines_merged') }}
    {{ only_reopened(['platform', 'order_id']) }}
),

refunds as (
    select * from {{ ref('int_refunds_settled') }}
    where succeeded_at is not null
),

orders as (
    select * from {{ ref('int_orders') }}
    where is_paid {{ only_reopened(['platform', 'order_id'], also='and') }}
),

final as (
    select
        orders.platform,
        orders.order_id,
        cast(coalesce(sum(
            case when refunds.succeeded_at <= orders.paid_at + interval 7 day then refunds.refund_cny end
        ), 0) as decimal(18, 2)) as refund_7d_cny,
        cast(coalesce(sum(
            case when refunds.succeeded_at <= orders.paid_at + interval 14 day then refunds.refund_cny end
        ), 0) as decimal(18, 2)) as refund_14d_cny
    from orders
    inner join lines on orders.platform = lines.platform and orders.order_id = lines.order_id
    left join refunds on lines.platform = refunds.platform and lines.sub_order_id = refunds.sub_order_id
    group by orders.platform, orders.order_id
)

select * from final
