{#- Shares in whole billionths, money in whole fen, both by largest remainder: what is handed out is exactly what there is.
    Only time_decay has weights of many kinds and needs the sorted windows; the parts of all others follow from places and counts. -#}
{{- config(materialized='derived', key=['platform', 'order_id'], of='int_attribution_touches') -}}
{%- set amounts = ['share_units', 'gmv_fen', 'refund_fen'] -%}
with touches as (
    select
        *,
        cast(1000000000 as bigint) as share_units,
        greatest(journey_length - 2, 1) as between_count
    from {{ changed_keys_of('int_attribution_touches') }}
),

models as (
    select * from {{ ref('int_attribution_model_names') }}
),

floored as (
    select
        *,
        {% for amount in amounts -%}
        {{ apportion_equal(amount, 'channel_count', 'channel_rank') }} as {{ amount }}_of_channel,
        {{ apportion_floor(amount, 'decay_weight', 'decay_total_weight') }} as {{ amount }}_floor,
        {{ apportion_remainder(amount, 'decay_weight', 'decay_total_weight') }} as {{ amount }}_remainder{{ ',' if not loop.last }}
        {% endfor %}
    from touches
),

decayed as (
    select
        *,
        {% for amount in amounts -%}
        {{ apportion_final(amount, amount ~ '_floor', amount ~ '_remainder', 'platform, order_id', 'touch_rank') }} as {{ amount }}_decayed{{ ',' if not loop.last }}
        {% endfor %}
    from floored
),

shared as (
    select
        decayed.*,
        models.model,
        {% for amount in amounts -%}
        case models.model
            when 'linear' then {{ apportion_equal(amount, 'journey_length', 'touch_rank') }}
            when 'position' then {{ apportion_ends(amount, 'journey_length', 'between_count', 'touch_rank') }}
            when 'time_decay' then {{ amount }}_decayed
            when 'shapley' then {{ apportion_equal(amount ~ '_of_channel', 'channel_touches', 'channel_touch_rank') }}
            else {{ amount }}
        end as {{ amount }}_credit{{ ',' if not loop.last }}
        {% endfor %}
    from decayed
    cross join models
    where {{ attribution_touched('models.model') }}
),

final as (
    select
        platform,
        order_id,
        cast(touch_rank as bigint) as touch_rank,
        model,
        channel,
        campaign,
        ad_platform,
        ad_id,
        creative_id,
        audience_id,
        live_session_id,
        event_id,
        touched_at,
        cast(date_trunc('hour', touched_at) as timestamp) as touched_hour_at,
        cast(journey_length as bigint) as journey_length,
        is_platform_label,
        customer_key,
        paid_at,
        paid_date,
        cast(share_units_credit / 1000000000.0 as decimal(18, 9)) as credit_share,
        cast(share_units_credit / 1000000000.0 as decimal(18, 9)) as credit_orders,
        {{ to_cny('gmv_fen_credit') }} as credit_gmv_cny,
        {{ to_cny('refund_fen_credit') }} as credit_refund_cny,
        {{ to_cny('gmv_fen_credit - refund_fen_credit') }} as credit_net_cny
    from shared
)

select * from final
