{{ config(materialized='newest', key=['after_sale_id']) }}
with source as (
    select * from {{ source('raw', 'douyin__after_sales') }}
),

statuses as (
    select * from {{ ref('after_sale_status') }}
),

types as (
    select * from {{ ref('after_sale_type') }}
),

newest as (
    select
        source.*,
        statuses.after_sale_status as known_status,
        statuses.status_rank,
        coalesce(statuses.is_succeeded, false) as is_succeeded
    from source
    left join statuses on source.after_sale_status = statuses.label
    {{ newest_version(['after_sale_id'], extra_order='statuses.status_rank') }}
),

final as (
    select
        'douyin' as platform,
        newest.after_sale_id,
        newest.order_id,
        newest.sub_order_id,
        newest.product_id,
        newest.product_name,
        newest.merchant_code,
        coalesce(types.kind, newest.after_sale_type, 'unknown') as kind,
        coalesce(types.is_exchange, false) as is_exchange,
        newest.reason,
        newest.reason_tag,
        newest.after_sale_status as after_sale_status_label,
        coalesce(newest.known_status, newest.after_sale_status, 'unknown') as after_sale_status,
        newest.known_status is not null as is_status_known,
        newest.is_succeeded,
        coalesce(newest.status_rank, 0) as status_rank,
        coalesce(newest.is_fast_refund, false) as is_fast_refund,
        newest.refund_method,
        newest.tracking_no,
        newest.applied_at,
        newest.agreed_at,
        newest.return_shipped_at,
        newest.closed_at,
        newest.received_at,
        newest.merchant_refunded_at,
        newest.finished_at,
        coalesce(newest.refund_goods_cny, 0) + coalesce(newest.refund_freight_cny, 0)
        + coalesce(newest.refund_tax_cny, 0) as requested_cny,
        newest._exported_at as exported_at,
        newest._load_id as load_id,
        {{ version_columns('newest', extra_order='newest.status_rank') }}
    from newest
    left join types on newest.after_sale_type = types.label
)

select * from final
