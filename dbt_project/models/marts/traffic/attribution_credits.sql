{#- Shares in whole billionths, money in whole fen, both by largest remainder: what is handed out is exactly what there is. -#}
{{- config(materialized='keyed', key=['platform', 'order_id']) -}}
{%- set touched -%}
    select platform, order_id from {{ changes('int_attribution_weights') }}
    union all
    select platform, order_id from {{ changes('int_journeys') }}
    union all
    select platform, order_id from {{ changes('int_orders') }}
{%- endset -%}
{{- reopen(touched) -}}
{%- set amounts = ['share_units', 'gmv_fen', 'refund_fen'] -%}
with weights as (
    select * from {{ ref('int_attribution_weights') }}
    where weight > 0 {{ only_reopened(['platform', 'order_id'], also='and') }}
),

orders as (
    select * from {{ ref('int_orders') }}
    where is_paid {{ only_reopened(['platform', 'order_id'], also='and') }}
),

journeys as (
    select * from {{ ref('int_journeys') }}
    {{ only_reopened(['platform', 'order_id']) }}
),

weighed as (
    select
        weights.platform,
        weights.order_id,
        weights.touch_rank,
        weights.model,
        cast(weights.weight as bigint) as weight,
        cast(sum(weights.weight) over (
            partition by weights.platform, weights.order_id, weights.model
        ) as bigint) as total_weight,
        cast(1000000000 as bigint) as share_units,
        {{ to_fen('orders.gmv_cny') }} as gmv_fen,
        {{ to_fen('orders.refund_to_date_cny') }} as refund_fen,
        orders.customer_key,
        orders.paid_at,
        orders.paid_date
    from weights
    inner join orders
        on
            weights.platform = orders.platform
            and weights.order_id = orders.order_id
),

floored as (
    select
        *,
        {% for amount in amounts -%}
        {{ apportion_floor(amount, 'weight', 'total_weight') }} as {{ amount }}_floor,
        {{ apportion_remainder(amount, 'weight', 'total_weight') }} as {{ amount }}_remainder{{ ',' if not loop.last }}
        {% endfor %}
    from weighed
),

shared as (
    select
        *,
        {% for amount in amounts -%}
        {{ apportion_final(
            amount, amount ~ '_floor', amount ~ '_remainder', 'platform, order_id, model', 'touch_rank'
        ) }} as {{ amount }}_credit{{ ',' if not loop.last }}
        {% endfor %}
    from floored
),

final as (
    select
        shared.platform,
        shared.order_id,
        cast(shared.touch_rank as bigint) as touch_rank,
        shared.model,
        journeys.channel,
        journeys.campaign,
        journeys.ad_platform,
        journeys.ad_id,
        journeys.creative_id,
        journeys.event_id,
        journeys.touched_at,
        cast(journeys.journey_length as bigint) as journey_length,
        journeys.is_platform_label,
        shared.customer_key,
        shared.paid_at,
        shared.paid_date,
        cast(shared.share_units_credit / 1000000000.0 as decimal(18, 9)) as credit_share,
        cast(shared.share_units_credit / 1000000000.0 as decimal(18, 9)) as credit_orders,
        {{ to_cny('shared.gmv_fen_credit') }} as credit_gmv_cny,
        {{ to_cny('shared.refund_fen_credit') }} as credit_refund_cny,
        {{ to_cny('(shared.gmv_fen_credit - shared.refund_fen_credit)') }} as credit_net_cny
    from shared
    inner join journeys
        on
            shared.platform = journeys.platform
            and shared.order_id = journeys.order_id
            and shared.touch_rank = journeys.touch_rank
)

select * from final
