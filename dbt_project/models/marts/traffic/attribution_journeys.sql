{{- config(materialized='derived', key=['platform', 'order_id'], of='int_attribution_touches') -}}
with touches as (
    select
        *,
        case when channel <> 'unattributed' then 1 else 0 end as is_known,
        case when touch_rank = 1 or channel <> previous_channel then {{ path_step('channel') }} end as new_step
    from {{ changed_keys_of('int_attribution_touches') }}
),

-- Of the order itself every touch tells the same.
summed as (
    select
        platform,
        order_id,
        max(customer_key) as customer_key,
        max(paid_at) as paid_at,
        max(paid_date) as paid_date,
        {{ join_rows(path_step('channel'), ' > ', 'touch_rank') }} as path,
        {{ join_rows('new_step', ' > ', 'touch_rank') }} as short_path,
        sum(is_known) as touch_count,
        max(case when is_known = 1 then channel_count else 0 end) as distinct_channels,
        max(case when touch_rank = 1 then channel end) as first_channel,
        max(case when touch_rank = journey_length then channel end) as last_channel,
        min(touched_at) as first_touch_at,
        max(touched_at) as last_touch_at,
        max(case when is_platform_label then 1 else 0 end) as label_flag,
        max(gmv_fen) as gmv_fen,
        max(refund_fen) as refund_fen
    from touches
    group by platform, order_id
),

final as (
    select
        platform,
        order_id,
        customer_key,
        paid_at,
        paid_date,
        path,
        short_path,
        cast(touch_count as bigint) as touch_count,
        cast(distinct_channels as bigint) as distinct_channels,
        first_channel,
        last_channel,
        first_touch_at,
        last_touch_at,
        cast(round({{ dbt.datediff('first_touch_at', 'paid_at', 'second') }} / 3600.0, 4) as decimal(18, 4)) as hours_to_convert,
        label_flag = 1 as is_platform_label,
        {{ to_cny('gmv_fen') }} as gmv_cny,
        {{ to_cny('gmv_fen - refund_fen') }} as net_cny
    from summed
)

select * from final
