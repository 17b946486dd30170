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

summed as (
    select
        platform,
        order_id,
        {{ join_rows('channel', ' > ', 'touch_rank') }} as path,
        sum(case when channel = 'unattributed' then 0 else 1 end) as touch_count,
        count(distinct case when channel <> 'unattributed' then channel end) as distinct_channels,
        max(case when touch_rank = 1 then channel end) as first_channel,
        max(case when touch_rank = journey_length then channel end) as last_channel,
        min(touched_at) as first_touch_at,
        max(touched_at) as last_touch_at,
        max(case when is_platform_label then 1 else 0 end) as label_flag
    from journeys
    group by platform, order_id
),

final as (
    select
        orders.platform,
        orders.order_id,
        orders.customer_key,
        orders.paid_at,
        orders.paid_date,
        summed.path,
        cast(summed.touch_count as bigint) as touch_count,
        cast(summed.distinct_channels as bigint) as distinct_channels,
        summed.first_channel,
        summed.last_channel,
        summed.first_touch_at,
        summed.last_touch_at,
        cast(
            round({{ dbt.datediff('summed.first_touch_at', 'orders.paid_at', 'second') }} / 3600.0, 4) as decimal(18, 4)
        ) as hours_to_convert,
        summed.label_flag = 1 as is_platform_label,
        orders.gmv_cny,
        cast(orders.gmv_cny - orders.refund_to_date_cny as decimal(18, 2)) as net_cny
    from orders
    inner join summed
        on
            orders.platform = summed.platform
            and orders.order_id = summed.order_id
)

select * from final
