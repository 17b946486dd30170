{#- Orders by the day they were placed and their last channel: how far each cohort came, and who bought again. -#}
{{- config(materialized='keyed', key=['date']) -}}
{%- set touched -%}
    select ordered_date as date from {{ changes('int_orders') }} where ordered_date is not null
    union all
    select ordered_date as date from {{ ref('int_orders') }}
    where ordered_date is not null and (platform, order_id) in (select platform, order_id from {{ changes('int_journeys') }})
    union all
    -- the purchases that a changed payment may be the next one of
    select orders.ordered_date as date
    from {{ ref('int_orders') }} as orders
    inner join {{ changes('int_orders') }} as changed
        on orders.customer_key = changed.customer_key
            and orders.paid_at < changed.paid_at
            and changed.paid_at <= orders.paid_at + interval {{ var('repurchase_days') }} day
    where orders.ordered_date is not null
{%- endset -%}
{{- reopen(touched) -}}
with orders as (
    select
        orders.*,
        journeys.channel,
        journeys.is_mapped
    from {{ ref('int_orders') }} as orders
    inner join {{ ref('int_journeys') }} as journeys
        on
            orders.platform = journeys.platform
            and orders.order_id = journeys.order_id
            and journeys.touch_rank = journeys.journey_length
    {{ only_reopened(['orders.ordered_date'], keys=['date']) }}
),

-- Another payment of the same customer after this one, within the window; orders paid in one go are one purchase.
next_purchases as (
    select
        orders.platform,
        orders.order_id,
        min(later.paid_at) as next_paid_at
    from orders
    inner join {{ ref('int_orders') }} as later
        on
            orders.customer_key = later.customer_key
            and orders.paid_at < later.paid_at
            and later.paid_at <= orders.paid_at + interval {{ var('repurchase_days') }} day
    group by orders.platform, orders.order_id
),

final as (
    select
        orders.ordered_date as date,
        orders.channel,
        count(*) as orders_created,
        sum(case when orders.is_paid then 1 else 0 end) as orders_paid,
        sum(case when orders.is_completed then 1 else 0 end) as orders_completed,
        count(distinct case when orders.is_paid then orders.customer_key end) as buyers_paid,
        count(distinct case when next_purchases.next_paid_at is not null then orders.customer_key end) as buyers_repurchased,
        sum(orders.gmv_cny) as gmv_cny,
        max(case when orders.is_mapped then 1 else 0 end) as mapped_flag
    from orders
    left join next_purchases
        on
            orders.platform = next_purchases.platform
            and orders.order_id = next_purchases.order_id
    where orders.ordered_date is not null
    group by orders.ordered_date, orders.channel
)

select * from final
