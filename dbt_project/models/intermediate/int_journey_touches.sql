{#- Which touches led to which order. A touch serves the first paid order after it, within the look-back, and the further orders
    of the same customer within {{ var('touch_reuse_hours') }} h of that first one; so a touch before the customer's previous
    order is not credited again later. Orders not paid yet are looked at the same way (at order time) and use nothing up. -#}
{{- config(materialized='keyed', key=['customer_key']) -}}
{%- set touched -%}
    select customer_key from {{ changes('int_orders') }} where customer_key is not null
    union all
    select customer_key from {{ changes('fct_touchpoints') }} where customer_key is not null
{%- endset -%}
{{- reopen(touched) -}}
with orders as (
    select * from {{ ref('int_orders') }}
    where customer_key is not null {{ only_reopened(['customer_key'], also='and') }}
),

touches as (
    select fct.*
    from {{ ref('fct_touchpoints') }} as fct
    inner join {{ ref('touch_event_types') }} as types on fct.event_type = types.event_type
    where fct.customer_key is not null and types.is_touch
        {{ only_reopened(['fct.customer_key'], keys=['customer_key'], also='and') }}
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
    select *
    from within_look_back
    where
        first_served_at is null
        or decided_at <= first_served_at + interval {{ var('touch_reuse_hours') }} hour
),

final as (
    select
        *,
        row_number() over (partition by platform, order_id order by occurred_at, event_id) as touch_rank
    from serving
)

select * from final
