{#- The touch that has the whole order in the last-touch model, with what hangs on the order and not on the credit: what went back of it
    within 7 and 14 days of its payment, and whether it is the customer's first. -#}
{{- config(materialized='keyed', key=['platform', 'order_id']) -}}
{%- set touched -%}
    select platform, order_id from {{ changes('int_attribution_touches') }}
    union all
    select platform, order_id from {{ changes('int_orders', of=['platform', 'order_id', 'customer_order_rank']) }}
    union all
    select platform, order_id from {{ changes('int_order_refund_windows') }}
{%- endset -%}
{{- reopen(touched) -}}
with touches as (
    select * from {{ ref('int_attribution_touches') }}
    where {{ attribution_touched("'last'") }} {{ only_reopened(['platform', 'order_id'], also='and') }}
),

orders as (
    select * from {{ ref('int_orders') }}
    {{ only_reopened(['platform', 'order_id']) }}
),

refunds as (
    select * from {{ ref('int_order_refund_windows') }}
    {{ only_reopened(['platform', 'order_id']) }}
),

final as (
    select
        touches.platform,
        touches.order_id,
        touches.paid_date,
        coalesce(touches.ad_platform, '') as ad_platform,
        touches.channel,
        coalesce(touches.ad_id, '') as ad_id,
        coalesce(refunds.refund_7d_cny, 0) as refund_7d_cny,
        coalesce(refunds.refund_14d_cny, 0) as refund_14d_cny,
        coalesce(orders.customer_order_rank = 1, false) as is_new_customer
    from touches
    inner join orders on touches.platform = orders.platform and touches.order_id = orders.order_id
    left join refunds on touches.platform = refunds.platform and touches.order_id = refunds.order_id
)

select * from final
