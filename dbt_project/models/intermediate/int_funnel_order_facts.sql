{#- What the funnel counts of an order: its day, its last channel, how far it came, and whether the customer bought again. -#}
{{- config(materialized='keyed', key=['platform', 'order_id']) -}}
{%- set touched -%}
    select platform, order_id from {{ changes('int_orders') }}
    union all
    select platform, order_id from {{ changes('int_journeys') }}
    union all
    -- the purchases that a changed payment may be the next one of
    select orders.platform, orders.order_id
    from {{ ref('int_orders') }} as orders
    inner join {{ changes('int_orders', of=['platform', 'order_id', 'customer_key', 'paid_at']) }} as changed
        on orders.customer_key = changed.customer_key
            and orders.paid_at < changed.paid_at
            and changed.paid_at <= orders.paid_at + interval {{ var('repurchase_days') }} day
{%- endset -%}
{{- reopen(touched) -}}
with orders as (
    select * from {{ ref('int_orders') }}
    where ordered_date is not null {{ only_reopened(['platform', 'order_id'], also='and') }}
),

last_touches as (
    select * from {{ ref('int_journeys') }}
    where touch_rank = journey_length {{ only_reopened(['platform', 'order_id'], also='and') }}
),

-- Another payment of the same customer after this one, within the window; orders paid in one go are one purchase.
bought_again as (
    select distinct
        orders.platform,
        orders.order_id
    from orders
    inner join {{ ref('int_orders') }} as later
        on
            orders.customer_key = later.customer_key
            and orders.paid_at < later.paid_at
            and later.paid_at <= orders.paid_at + interval {{ var('repurchase_days') }} day
),

final as (
    select
        orders.platform,
        orders.order_id,
        orders.ordered_date as date,
        last_touches.channel,
        last_touches.is_mapped,
        coalesce(orders.customer_key, '') as customer_key,
        orders.is_paid,
        orders.is_completed,
        bought_again.order_id is not null as is_bought_again,
        coalesce(orders.gmv_cny, 0) as gmv_cny
    from orders
    inner join last_touches on orders.platform = last_touches.platform and orders.order_id = last_touches.order_id
    left join bought_again on orders.platform = bought_again.platform and orders.order_id = bought_again.order_id
)

select * from final
