{#- The journey of every order, one row a touch, never empty: the touches; without any, the platform's label as the one touch;
    without a label, the channel 'unattributed'. -#}
{{- config(materialized='keyed', key=['platform', 'order_id']) -}}
{%- set touched -%}
    select platform, order_id from {{ changes('int_orders') }}
    union all
    select platform, order_id from {{ changes('int_journey_touches') }}
    union all
    select platform, order_id from {{ changes('int_order_labels') }}
{%- endset -%}
{{- reopen(touched) -}}
with orders as (
    select * from {{ ref('int_orders') }}
    {{ only_reopened(['platform', 'order_id']) }}
),

touches as (
    select * from {{ ref('int_journey_touches') }}
    {{ only_reopened(['platform', 'order_id']) }}
),

labels as (
    select * from {{ ref('int_order_labels') }}
    {{ only_reopened(['platform', 'order_id']) }}
),

touched_orders as (
    select distinct
        platform,
        order_id
    from touches
),

from_touches as (
    select
        platform,
        order_id,
        touch_rank,
        event_id,
        occurred_at as touched_at,
        channel,
        is_mapped,
        campaign,
        ad_platform,
        ad_id,
        creative_id,
        audience_id,
        live_session_id,
        false as is_platform_label
    from touches
),

without_touches as (
    select
        orders.platform,
        orders.order_id,
        1 as touch_rank,
        cast(null as string) as event_id,
        cast(null as timestamp) as touched_at,
        coalesce(labels.channel, 'unattributed') as channel,
        coalesce(labels.is_mapped, true) as is_mapped,
        'none' as campaign,
        cast(null as string) as ad_platform,
        cast(null as string) as ad_id,
        cast(null as string) as creative_id,
        cast(null as string) as audience_id,
        cast(null as string) as live_session_id,
        labels.channel is not null as is_platform_label
    from orders
    left join labels on orders.platform = labels.platform and orders.order_id = labels.order_id
    left join touched_orders
        on orders.platform = touched_orders.platform and orders.order_id = touched_orders.order_id
    where touched_orders.order_id is null
),

final as (
    select
        *,
        count(*) over (partition by platform, order_id) as journey_length
    from from_touches
    union all
    select
        *,
        1 as journey_length
    from without_touches
)

select * from final
