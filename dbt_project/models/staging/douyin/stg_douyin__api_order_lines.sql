{{ config(materialized='newest', key=['sub_order_id']) }}
with source as (
    select * from {{ source('raw', 'douyin__orders_api') }}
),

statuses as (
    select * from {{ ref('order_status') }}
),

-- The code is the API's own vocabulary and stable; its text is only for reading.
newest as (
    select
        source.*,
        coalesce(by_code.order_status, by_text.order_status) as known_status,
        coalesce(by_code.status_rank, by_text.status_rank) as known_rank
    from source
    left join statuses as by_code on source.order_status_code = by_code.label
    left join statuses as by_text on source.order_status = by_text.label
    {{ newest_version(['sub_order_id'], extra_order='coalesce(by_code.status_rank, by_text.status_rank)') }}
),

final as (
    select
        'douyin' as platform,
        sub_order_id,
        order_id,
        shop_id,
        open_id,
        product_id,
        product_name,
        platform_sku_id,
        merchant_code,
        quantity,
        -- sum_amount is the price times the pieces already
        cast(coalesce(list_amount_cny, unit_price_cny * quantity, payable_cny + coalesce(discount_total_cny, 0)) as decimal(18, 2)) as list_cny,
        payable_cny,
        coalesce(freight_cny, 0) as freight_cny,
        discount_total_cny,
        price_change_cny,
        platform_discount_cny,
        shop_discount_cny,
        creator_discount_cny,
        payment_discount_cny,
        redpacket_cny,
        -- platform_cost_amount holds the creator's part too
        coalesce(platform_borne_cny, platform_and_creator_borne_cny - coalesce(creator_borne_cny, 0)) as platform_borne_cny,
        shop_borne_cny,
        creator_borne_cny,
        order_status as order_status_label,
        coalesce(known_status, order_status, order_status_code, 'unknown') as order_status,
        known_status is not null as is_status_known,
        coalesce(known_rank, 0) as status_rank,
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
        live_session_id,
        creative_id,
        warehouse_id,
        tracking_numbers,
        coalesce(_exported_at, updated_at) as exported_at,
        _load_id as load_id,
        {{ version_columns(extra_order='known_rank') }}
    from newest
)

select * from final
