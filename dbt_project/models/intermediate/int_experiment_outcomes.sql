{#- What each unit did from its assignment to the experiment's end, zeros included, and what it had spent before: counts and
    sums of a customer, from which the statistics need sums only. -#}
{{- config(materialized='keyed', key=['experiment_id', 'customer_key']) -}}
{%- set touched -%}
    select experiment_id, customer_key from {{ changes('int_experiment_units') }}
    union all
    select experiment_id, customer_key from {{ ref('int_experiment_units') }}
    where customer_key in (
        select customer_key from {{ changes('int_orders') }} where customer_key is not null
        union all
        select customer_key from {{ changes('fct_touchpoints') }} where customer_key is not null
    )
{%- endset -%}
{{- reopen(touched) -}}
with units as (
    select * from {{ ref('int_experiment_units') }}
    {{ only_reopened(['experiment_id', 'customer_key']) }}
),

orders as (
    select
        customer_key,
        paid_at,
        gmv_cny,
        refund_to_date_cny
    from {{ ref('int_orders') }}
    where is_paid and customer_key is not null {{ only_reopened(['customer_key'], also='and') }}
),

touches as (
    select
        events.customer_key,
        events.occurred_at,
        types.funnel_stage
    from {{ ref('fct_touchpoints') }} as events
    inner join {{ ref('touch_event_types') }} as types on events.event_type = types.event_type
    where
        events.customer_key is not null and types.funnel_stage in ('exposures', 'clicks')
        {{ only_reopened(['events.customer_key'], keys=['customer_key'], also='and') }}
),

bought as (
    select
        units.experiment_id,
        units.customer_key,
        count(*) as orders,
        sum(orders.gmv_cny) as gmv_cny,
        sum(orders.gmv_cny - orders.refund_to_date_cny) as net_cny
    from units
    inner join orders
        on
            units.customer_key = orders.customer_key
            and units.assigned_at <= orders.paid_at
            and (units.ended_at is null or units.ended_at >= orders.paid_at)
    group by units.experiment_id, units.customer_key
),

bought_before as (
    select
        units.experiment_id,
        units.customer_key,
        sum(orders.gmv_cny) as gmv_cny
    from units
    inner join orders
        on
            units.customer_key = orders.customer_key
            and units.assigned_at > orders.paid_at
            and units.assigned_at - interval {{ var('experiment_pre_days') }} day <= orders.paid_at
    group by units.experiment_id, units.customer_key
),

seen as (
    select
        units.experiment_id,
        units.customer_key,
        sum(case when touches.funnel_stage = 'exposures' then 1 else 0 end) as impressions,
        sum(case when touches.funnel_stage = 'clicks' then 1 else 0 end) as clicks
    from units
    inner join touches
        on
            units.customer_key = touches.customer_key
            and units.assigned_at <= touches.occurred_at
            and (units.ended_at is null or units.ended_at >= touches.occurred_at)
    group by units.experiment_id, units.customer_key
),

final as (
    select
        units.experiment_id,
        units.customer_key,
        units.variant_id,
        units.is_crossover,
        units.is_within,
        cast(coalesce(bought.orders, 0) as bigint) as orders,
        cast(coalesce(bought.gmv_cny, 0) as decimal(18, 2)) as gmv_cny,
        cast(coalesce(bought.net_cny, 0) as decimal(18, 2)) as net_cny,
        cast(coalesce(seen.impressions, 0) as bigint) as impressions,
        cast(coalesce(seen.clicks, 0) as bigint) as clicks,
        cast(coalesce(bought_before.gmv_cny, 0) as decimal(18, 2)) as pre_gmv_cny
    from units
    left join bought on units.experiment_id = bought.experiment_id and units.customer_key = bought.customer_key
    left join bought_before
        on units.experiment_id = bought_before.experiment_id and units.customer_key = bought_before.customer_key
    left join seen on units.experiment_id = seen.experiment_id and units.customer_key = seen.customer_key
)

select * from final
