{#- Which touches led to which order. A touch serves the first paid order after it, within the look-back, and the further orders
    of the same customer within {{ var('touch_reuse_hours') }} h of that first one; so a touch before the customer's previous
    order is not credited again later. Orders not paid yet are looked at the same way (at order time) and use nothing up. -#}
{{- config(materialized='keyed', key=['platform', 'order_id']) -}}
{%- set touched -%}
    select platform, order_id from {{ changes('int_orders') }}
    union all
    -- what comes or goes at a moment is heard of by the customer's orders of the next look-back, and by no others
    select orders.platform, orders.order_id
    from {{ ref('int_orders') }} as orders
    inner join (
        select customer_key, decided_at as changed_at from {{ changes('int_orders') }}
        union all
        select customer_key, occurred_at as changed_at from {{ changes('fct_touchpoints') }}
    ) as changed
        on orders.customer_key = changed.customer_key
            and orders.decided_at >= changed.changed_at
            and orders.decided_at <= changed.changed_at + interval {{ var('attribution_lookback_days') }} day
{%- endset -%}
{{- reopen(touched) -}}
with wanted as (
    select * from {{ ref('int_orders') }}
    where customer_key is not null {{ only_reopened(['platform', 'order_id'], also='and') }}
),

customers as (
    select
        customer_key,
        min(decided_at) - interval {{ var('attribution_lookback_days') }} day as since,
        max(decided_at) as until
    from wanted
    group by customer_key
),

-- Whom a touch served first is a question to the orders before the wanted ones too.
orders as (
    select around.*
    from {{ ref('int_orders') }} as around
    inner join customers
        on
            around.customer_key = customers.customer_key
            and around.decided_at >= customers.since
            and around.decided_at <= customers.until
),

touches as (
    select fct.*
    from {{ ref('fct_touchpoints') }} as fct
    inner join {{ ref('touch_event_types') }} as types on fct.event_type = types.event_type
    inner join customers
        on
            fct.customer_key = customers.customer_key
            and fct.occurred_at >= customers.since
            and fct.occurred_at <= customers.until
    where types.is_touch
),

-- A touch at exactly the moment of payment still counts.
within_look_back as (
    select
        orders.customer_key,
        orders.platform,
        orders.order_id,
        orders.decided_at,
        orders.is_paid,
        touches.event_id,
        touches.occurred_at,
        touches.channel,
        touches.is_mapped,
        touches.campaign,
        touches.ad_platform,
        touches.ad_id,
        touches.creative_id,
        touches.audience_id,
        touches.live_session_id,
        min(case when orders.is_paid then orders.decided_at end) over (partition by touches.event_id) as first_served_at
    from touches
    inner join orders on touches.customer_key = orders.customer_key
    where
        touches.occurred_at <= orders.decided_at
        and touches.occurred_at >= orders.decided_at - interval {{ var('attribution_lookback_days') }} day
),

serving as (
    select pairs.*
    from within_look_back as pairs
    inner join wanted on pairs.platform = wanted.platform and pairs.order_id = wanted.order_id
    where
        pairs.first_served_at is null
        or pairs.decided_at <= pairs.first_served_at + interval {{ var('touch_reuse_hours') }} hour
),

final as (
    select
        *,
        row_number() over (partition by platform, order_id order by occurred_at, event_id) as touch_rank
    from serving
)

select * from final
