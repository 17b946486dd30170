{{- config(materialized='keyed', key=['platform', 'order_id']) -}}
{%- set touched -%}
    select platform, order_id from {{ changes('int_order_lines_priced') }}
    union all
    select platform, order_id from {{ changes('int_orders') }}
    union all
    select platform, order_id from {{ changes('int_journeys') }}
{%- endset -%}
{{- reopen(touched) -}}
with lines as (
    select * from {{ ref('int_order_lines_priced') }}
    {{ only_reopened(['platform', 'order_id']) }}
),

orders as (
    select * from {{ ref('int_orders') }}
    {{ only_reopened(['platform', 'order_id']) }}
),

-- The order's channel is the last touch's, also for orders that were never paid.
last_touches as (
    select
        platform,
        order_id,
        channel
    from {{ ref('int_journeys') }}
    where touch_rank = journey_length {{ only_reopened(['platform', 'order_id'], also='and') }}
),

final as (
    select
        lines.platform,
        lines.sub_order_id,
        lines.order_id,
        coalesce(lines.shop_id, 'unknown') as shop_id,
        orders.customer_key,
        lines.known_product_id as product_id,
        lines.sku_id,
        lines.live_session_id,
        last_touches.channel,
        lines.ordered_at,
        cast(lines.ordered_at as date) as ordered_date,
        lines.paid_at,
        cast(lines.paid_at as date) as paid_date,
        lines.shipped_at,
        lines.completed_at,
        lines.order_status,
        lines.is_status_known,
        cast(lines.quantity as bigint) as quantity,
        cast(lines.list_cny as decimal(18, 2)) as list_cny,
        cast(lines.discount_cny as decimal(18, 2)) as discount_cny,
        cast(lines.platform_part_cny as decimal(18, 2)) as platform_discount_cny,
        cast(lines.creator_part_cny as decimal(18, 2)) as creator_discount_cny,
        cast(lines.shop_part_cny as decimal(18, 2)) as shop_discount_cny,
        cast(lines.freight_in_paid_cny as decimal(18, 2)) as freight_cny,
        cast(
            lines.paid_cny - lines.list_cny + lines.discount_cny - lines.freight_in_paid_cny as decimal(18, 2)
        ) as adjustment_cny,
        cast(lines.paid_cny as decimal(18, 2)) as paid_cny,
        cast(lines.gmv_cny as decimal(18, 2)) as gmv_cny,
        cast(lines.refund_to_date_cny as decimal(18, 2)) as refund_to_date_cny,
        cast(lines.gmv_cny - lines.refund_to_date_cny as decimal(18, 2)) as net_cny,
        case when orders.customer_key is not null and orders.is_paid then orders.customer_order_rank = 1 end as is_new_customer,
        lines.province,
        lines.city,
        lines.warehouse_id,
        lines.creator_id,
        lines.creative_id,
        lines.cancel_reason,
        lines.is_in_file,
        lines.is_in_api,
        lines.exported_at
    from lines
    left join orders on lines.platform = orders.platform and lines.order_id = orders.order_id
    left join last_touches on lines.platform = last_touches.platform and lines.order_id = last_touches.order_id
)

select * from final
