{{ config(materialized='newest', key=['after_sale_id']) }}
with source as (
    select * from {{ source('raw', 'douyin__after_sales_api') }}
),

statuses as (
    select * from {{ ref('after_sale_status') }}
),

types as (
    select * from {{ ref('after_sale_type') }}
),

-- The codes are the API's own vocabulary and stable; its texts are only for reading.
newest as (
    select
        source.*,
        statuses.after_sale_status as known_status,
        statuses.status_rank
    from source
    left join statuses on source.after_sale_status_code = statuses.label
    {{ newest_version(['after_sale_id'], extra_order='statuses.status_rank') }}
),

final as (
    select
        'douyin' as platform,
        newest.after_sale_id,
        newest.order_id,
        coalesce(nullif(newest.sub_order_ids, ''), case when newest.case_level_code = '1' then newest.related_id end) as sub_order_ids,
        newest.product_ids,
        newest.merchant_codes,
        coalesce(types.kind, newest.after_sale_type, 'unknown') as kind,
        coalesce(types.is_exchange, false) as is_exchange,
        newest.reason,
        newest.reason_tags as reason_tag,
        coalesce(newest.after_sale_status, newest.after_sale_status_code) as after_sale_status_label,
        coalesce(newest.known_status, newest.after_sale_status, newest.after_sale_status_code, 'unknown') as after_sale_status,
        newest.known_status is not null as is_status_known,
        coalesce(newest.status_rank, 0) as status_rank,
        -- 退款成功, or 追缴成功: the platform paid the buyer first. A case that was withdrawn keeps 1 (待退款) for ever.
        case
            when newest.refund_status_code is not null then newest.refund_status_code in ('3', '5')
            else coalesce(newest.known_status = 'refunded', false)
        end as is_succeeded,
        newest.refund_method_code,
        newest.applied_at,
        newest.updated_at,
        newest.tracking_numbers,
        coalesce(newest.refund_cny, 0) + coalesce(newest.refund_freight_cny, 0) + coalesce(newest.refund_tax_cny, 0) as requested_cny,
        coalesce(newest._exported_at, newest.updated_at) as exported_at,
        newest._load_id as load_id,
        {{ version_columns('newest', extra_order='newest.status_rank') }}
    from newest
    left join types on newest.after_sale_type_code = types.label
)

select * from final
