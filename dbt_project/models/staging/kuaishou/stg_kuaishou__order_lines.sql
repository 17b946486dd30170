{{ config(materialized='newest', key=['sub_order_id']) }}
with source as (
    select * from {{ source('raw', 'kuaishou__orders') }}
),

statuses as (
    select * from {{ ref('order_status') }}
),

newest as (
    select
        source.*,
        statuses.order_status as known_status,
        statuses.status_rank as known_rank
    from source
    left join statuses on source.order_status = statuses.label
    {{ newest_version(['order_id'], extra_order='statuses.status_rank') }}
),

-- One row an order: the order is its own line. 混资活动优惠 is borne by platform and shop in parts that the file does not tell: it
-- lowers what is paid, and counts for nobody.
final as (
    select
        {{ order_line('kuaishou', 'order_id', {
            'order_id': 'order_id', 'product_id': 'product_id', 'product_name': 'product_name', 'merchant_code': 'merchant_code',
            'quantity': 'quantity', 'list_cny': 'coalesce(unit_price_cny * quantity, paid_cny - coalesce(freight_cny, 0))',
            'payable_cny': 'paid_cny', 'freight_cny': 'coalesce(freight_cny, 0)',
            'discount_total_cny': 'coalesce(shop_discount_cny, 0) + coalesce(platform_subsidy_cny, 0) + coalesce(creator_subsidy_cny, 0)'
                ~ ' + coalesce(joint_discount_cny, 0) + coalesce(payment_discount_cny, 0)',
            'platform_discount_cny': 'platform_subsidy_cny', 'shop_discount_cny': 'shop_discount_cny',
            'creator_discount_cny': 'creator_subsidy_cny', 'payment_discount_cny': 'payment_discount_cny',
            'order_status': "coalesce(known_status, order_status, 'unknown')", 'is_status_known': 'known_status is not null',
            'ordered_at': 'ordered_at', 'paid_at': 'paid_at', 'shipped_at': 'shipped_at', 'promised_ship_at': 'promised_ship_at',
            'province': 'province', 'city': 'city', 'creator_id': 'creator_id', 'creator_name': 'creator_name',
            'exported_at': '_exported_at', 'load_id': '_load_id', 'shop_id': "'kuaishou'", 'tracking_numbers': 'tracking_no',
            'sku_name': 'sku_name', 'warehouse_name': 'warehouse_name', 'store_id': 'store_id',
            'after_sale_status_label': 'after_sale_status', 'traffic_source': 'channel', 'traffic_format': 'order_medium'
        }) }},
        order_status as order_status_label,
        {{ version_columns(extra_order='known_rank') }}
    from newest
)

select * from final
