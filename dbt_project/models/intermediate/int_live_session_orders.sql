{#- Orders placed in a room (room id of the order's line): how far they came, and who bought again anywhere. -#}
{{- config(materialized='keyed', key=['live_session_id']) -}}
{%- set touched -%}
    select live_session_id from {{ changes('fct_order_lines') }} where live_session_id is not null
    union all
    select live_session_id from {{ ref('fct_order_lines') }}
    where live_session_id is not null and (platform, order_id) in (select platform, order_id from {{ changes('int_orders') }})
    union all
    -- the purchases that a changed payment may be the next one of
    select lines.live_session_id
    from {{ ref('fct_order_lines') }} as lines
    inner join {{ changes('int_orders') }} as changed
        on lines.customer_key = changed.customer_key
            and lines.paid_at < changed.paid_at
            and changed.paid_at <= lines.paid_at + interval {{ var('repurchase_days') }} day
    where lines.live_session_id is not null
{%- endset -%}
{{- reopen(touched) -}}
with lines as (
    select
        live_session_id,
        platform,
        order_id,
        sum(gmv_cny) as gmv_cny,
        sum(net_cny) as net_cny,
        sum(quantity) as pieces
    from {{ ref('fct_order_lines') }}
    where live_session_id is not null {{ only_reopened(['live_session_id'], also='and') }}
    group by live_session_id, platform, order_id
),

orders as (
    select
        lines.*,
        whole.customer_key,
        whole.paid_at,
        whole.is_paid,
        whole.is_completed
    from lines
    inner join {{ ref('int_orders') }} as whole on lines.platform = whole.platform and lines.order_id = whole.order_id
),

next_purchases as (
    select
        orders.live_session_id,
        orders.platform,
        orders.order_id,
        min(later.paid_at) as next_paid_at
    from orders
    inner join {{ ref('int_orders') }} as later
        on
            orders.customer_key = later.customer_key
            and orders.paid_at < later.paid_at
            and later.paid_at <= orders.paid_at + interval {{ var('repurchase_days') }} day
    group by orders.live_session_id, orders.platform, orders.order_id
),

final as (
    select
        orders.live_session_id,
        count(*) as orders_created,
        sum(case when orders.is_paid then 1 else 0 end) as orders_paid,
        sum(case when orders.is_completed then 1 else 0 end) as orders_completed,
        count(distinct case when orders.is_paid then orders.customer_key end) as buyers_paid,
        count(distinct case when next_purchases.next_paid_at is not null then orders.customer_key end) as buyers_repurchased,
        sum(case when orders.is_paid then orders.pieces else 0 end) as pieces_paid,
        sum(orders.gmv_cny) as gmv_cny,
        sum(orders.net_cny) as net_cny
    from orders
    left join next_purchases
        on
            orders.live_session_id = next_purchases.live_session_id
            and orders.platform = next_purchases.platform
            and orders.order_id = next_purchases.order_id
    group by orders.live_session_id
)

select * from final
