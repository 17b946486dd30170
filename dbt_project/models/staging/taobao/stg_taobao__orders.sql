{{ config(materialized='newest', key=['order_id']) }}
with source as (
    -- the order file: rows of the 宝贝 file, which have a sub-order, tell no money
    select * from {{ source('raw', 'taobao__orders') }}
    where sub_order_id is null
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

final as (
    select
        order_id,
        product_name,
        sku_name,
        coalesce(goods_payable_cny, order_total_cny - coalesce(freight_cny, 0), paid_cny) as goods_cny,
        coalesce(freight_cny, 0) as freight_cny,
        -- what the buyer owes; of a paid order, what the buyer paid
        case
            when paid_at is not null then coalesce(paid_cny, order_total_cny, goods_payable_cny + coalesce(freight_cny, 0))
            else coalesce(order_total_cny, goods_payable_cny + coalesce(freight_cny, 0), paid_cny)
        end as payable_cny,
        coalesce(refund_cny, 0) as refunded_cny,
        ordered_at,
        paid_at,
        order_status as order_status_label,
        -- 订单状态 is no column of the usual order file: times and sums tell how far the order came
        case
            when known_status is not null then known_status
            when order_status is not null then order_status
            when paid_at is null then 'pending_payment'
            when coalesce(confirmed_cny, 0) > 0 then 'completed'
            when refund_cny >= paid_cny and paid_cny > 0 then 'closed'
            else 'paid'
        end as order_status,
        order_status is null or known_status is not null as is_status_known,
        _exported_at as exported_at,
        _load_id as load_id,
        {{ version_columns(extra_order='known_rank') }}
    from newest
)

select * from final
