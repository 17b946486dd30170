{{- config(materialized='whole') -}}
with known as (
    select * from {{ ref('channels') }}
),

used as (
    select
        channel,
        case when mapped_touches > 0 then 1 else 0 end as mapped_flag
    from {{ ref('int_touch_days') }}
    union all
    select
        channel,
        case when orders_mapped > 0 then 1 else 0 end as mapped_flag
    from {{ ref('int_funnel_orders') }}
    union all
    select
        channel,
        1 as mapped_flag
    from {{ ref('fct_ad_hours') }}
),

used_channels as (
    select
        channel,
        max(mapped_flag) as mapped
    from used
    group by channel
),

final as (
    select
        coalesce(known.channel, used_channels.channel) as channel,
        coalesce(known.channel_name, used_channels.channel) as channel_name,
        coalesce(known.channel_group, 'unmapped') as channel_group,
        coalesce(known.is_paid, false) as is_paid,
        known.channel is not null or used_channels.mapped = 1 as is_mapped,
        used_channels.channel is not null as is_in_use
    from known
    full outer join used_channels on known.channel = used_channels.channel
)

select * from final
