{#- What each model thinks a touch is worth beside the others of its journey: whole-number weights, of any scale (at most
    1,000,000). A further model is one more row set here; sharing orders and money out by weights is attribution_credits'. -#}
{{- config(materialized='keyed', key=['platform', 'order_id']) -}}
{%- set touched -%}
    select platform, order_id from {{ changes('int_journeys') }}
    union all
    select platform, order_id from {{ changes('int_orders') }}
{%- endset -%}
{{- reopen(touched) -}}
with journeys as (
    select journeys.*
    from {{ ref('int_journeys') }} as journeys
    inner join {{ ref('int_orders') }} as orders
        on
            journeys.platform = orders.platform
            and journeys.order_id = orders.order_id
    where orders.is_paid
        {{ only_reopened(['orders.platform', 'orders.order_id'], keys=['platform', 'order_id'], also='and') }}
),

first_touch as (
    select
        platform,
        order_id,
        touch_rank,
        'first' as model,
        1 as weight
    from journeys
    where touch_rank = 1
),

last_touch as (
    select
        platform,
        order_id,
        touch_rank,
        'last' as model,
        1 as weight
    from journeys
    where touch_rank = journey_length
),

linear as (
    select
        platform,
        order_id,
        touch_rank,
        'linear' as model,
        1 as weight
    from journeys
),

final as (
    select * from first_touch
    union all
    select * from last_touch
    union all
    select * from linear
)

select * from final
