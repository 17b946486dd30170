{{ config(materialized='newest', key=['sub_order_id']) }}
with source as (
    -- the 宝贝 file: articles of orders, without money and times
    select * from {{ source('raw', 'taobao__orders') }}
    where sub_order_id is not null
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
        product_name,
        sku_name,
        coalesce(quantity, 1) as quantity,
        coalesce(refund_cny, 0) as refunded_cny,
        refund_status as after_sale_status_label,
        order_status as order_status_label,
        coalesce(known_status, order_status) as order_status,
        order_status is null or known_status is not null as is_status_known,
        _exported_at as exported_at,
        _load_id as load_id,
        {{ version_columns(extra_order='known_rank') }}
    from newest
)

select * from final
