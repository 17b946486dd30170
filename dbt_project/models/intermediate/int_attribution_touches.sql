{#- Every touch of a paid order with all that a model may ask about it: its place in the journey, among the touches of its own
    channel and among the channels, its age, and what there is to share out. -#}
{{- config(materialized='keyed', key=['platform', 'order_id']) -}}
{%- set touched -%}
    select platform, order_id from {{ changes('int_journeys') }}
    union all
    select platform, order_id from {{ changes('int_orders') }}
{%- endset -%}
{{- reopen(touched) -}}
with journeys as (
    select * from {{ ref('int_journeys') }}
    {{ only_reopened(['platform', 'order_id']) }}
),

orders as (
    select * from {{ ref('int_orders') }}
    where is_paid {{ only_reopened(['platform', 'order_id'], also='and') }}
),

paid as (
    select
        journeys.*,
        orders.customer_key,
        orders.paid_at,
        orders.paid_date,
        {{ to_fen('orders.gmv_cny') }} as gmv_fen,
        {{ to_fen('orders.refund_to_date_cny') }} as refund_fen
    from journeys
    inner join orders on journeys.platform = orders.platform and journeys.order_id = orders.order_id
),

-- The places within a journey are known from the longest to the shortest; one touch alone needs no look at others.
among_touches as (
    select
        *,
        max(touched_at) over (partition by platform, order_id) as newest_touched_at,
        max(case when channel <> 'direct' then touch_rank end) over (partition by platform, order_id) as known_rank,
        lag(channel) over (partition by platform, order_id order by touch_rank) as previous_channel,
        min(touch_rank) over (partition by platform, order_id, channel) as channel_first_rank,
        count(*) over (partition by platform, order_id, channel) as channel_touches,
        row_number() over (partition by platform, order_id, channel order by touch_rank) as channel_touch_rank
    from paid
),

weighed as (
    select
        *,
        {{ decay_weight('touched_at', 'newest_touched_at') }} as decay_weight
    from among_touches
),

final as (
    select
        platform,
        order_id,
        touch_rank,
        event_id,
        touched_at,
        channel,
        campaign,
        ad_platform,
        ad_id,
        creative_id,
        audience_id,
        live_session_id,
        is_platform_label,
        journey_length,
        customer_key,
        paid_at,
        paid_date,
        gmv_fen,
        refund_fen,
        coalesce(known_rank, journey_length) as last_non_direct_rank,
        previous_channel,
        channel_touches,
        channel_touch_rank,
        cast(sum(case when channel_touch_rank = 1 then 1 else 0 end) over (partition by platform, order_id) as bigint) as channel_count,
        dense_rank() over (partition by platform, order_id order by channel_first_rank nulls last) as channel_rank,
        decay_weight,
        cast(sum(decay_weight) over (partition by platform, order_id) as bigint) as decay_total_weight
    from weighed
)

select * from final
