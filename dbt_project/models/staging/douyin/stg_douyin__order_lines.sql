{{ config(materialized='newest', key=['sub_order_id']) }}
with source as (
    select * from {{ source('raw', 'douyin__orders') }}
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

-- 商品金额 of the custom layout is told nowhere to be of one piece or of the line: the row's own sums tell.
priced as (
    select
        *,
        case
            when unit_price_cny is not null then unit_price_cny * quantity
            when item_amount_cny * quantity - coalesce(discount_total_cny, 0)
                in (payable_cny, payable_cny - coalesce(freight_cny, 0)) then item_amount_cny * quantity
            when item_amount_cny - coalesce(discount_total_cny, 0)
                in (payable_cny, payable_cny - coalesce(freight_cny, 0)) then item_amount_cny
            else payable_cny + coalesce(discount_total_cny, 0)
        end as line_amount_cny
    from newest
),

final as (
    select
        'douyin' as platform,
        sub_order_id,
        order_id,
        product_id,
        product_name,
        sku_name,
        merchant_code,
        quantity,
        cast(line_amount_cny as decimal(18, 2)) as list_cny,
        payable_cny,
        coalesce(freight_cny, 0) as freight_cny,
        discount_total_cny,
        price_change_cny,
        platform_discount_cny,
        shop_discount_cny,
        creator_discount_cny,
        payment_discount_cny,
        redpacket_cny,
        platform_borne_cny,
        shop_borne_cny,
        creator_borne_cny,
        tax_cny,
        order_status as order_status_label,
        coalesce(known_status, order_status, 'unknown') as order_status,
        known_status is not null as is_status_known,
        coalesce(known_rank, 0) as status_rank,
        after_sale_status as after_sale_status_label,
        cancel_reason,
        ordered_at,
        paid_at,
        shipped_at,
        completed_at,
        promised_ship_at,
        province,
        city,
        creator_id,
        creator_name,
        store_id,
        warehouse_id,
        warehouse_name,
        ad_channel,
        traffic_source,
        traffic_type,
        traffic_format,
        traffic_channel,
        _exported_at as exported_at,
        _load_id as load_id,
        {{ version_columns(extra_order='known_rank') }}
    from priced
)

select * from final
