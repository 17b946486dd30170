{{ config(materialized='newest', key=['sub_order_id']) }}
with source as (
    -- the export numbers no line: an article of an order is its product and its attributes
    select
        *,
        order_id || '-' || left(md5(product_id || ':' || coalesce(sku_name, '')), 12) as sub_order_id
    from {{ source('raw', 'weixin__orders') }}
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
    {{ newest_version(['sub_order_id'], extra_order='statuses.status_rank') }}
),

final as (
    select
        sub_order_id,
        order_id,
        product_id,
        product_name,
        merchant_code,
        sku_name,
        quantity,
        cast(coalesce(unit_price_cny * quantity, paid_cny) as decimal(18, 2)) as list_cny,
        coalesce(paid_cny, 0) as goods_paid_cny,
        platform_coupon_cny,
        coalesce(refunded_cny, 0) as refunded_cny,
        -- the order's own, repeated on each of its articles
        order_paid_cny,
        coalesce(freight_cny, 0) as order_freight_cny,
        order_status as order_status_label,
        coalesce(known_status, order_status, 'unknown') as order_status,
        known_status is not null as is_status_known,
        after_sale_status as after_sale_status_label,
        ordered_at,
        paid_at,
        shipped_at,
        received_at,
        province,
        city,
        creator_name,
        promotion_mode,
        tracking_no,
        _exported_at as exported_at,
        _load_id as load_id,
        {{ version_columns(extra_order='known_rank') }}
    from newest
)

select * from final
