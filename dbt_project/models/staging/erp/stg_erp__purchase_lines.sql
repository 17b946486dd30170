{{ config(materialized='newest', key=['purchase_id', 'line_key']) }}
with source as (
    select
        *,
        coalesce(line_id, sku_id) as line_key
    from {{ source('raw', 'erp__purchase_orders') }}
),

states as (
    select * from {{ ref('erp_document_states') }}
    where document = 'purchase'
),

newest as (
    select *
    from source
    {{ newest_version(['purchase_id', 'line_key']) }}
),

final as (
    select
        newest.purchase_id,
        newest.line_key,
        newest.purchase_no,
        newest.supplier_id,
        newest.supplier_name,
        newest.warehouse_id,
        newest.warehouse_name,
        newest.sku_id,
        newest.purchase_status,
        coalesce(states.state, 'unknown') as purchase_state,
        newest.created_at,
        newest.checked_at,
        coalesce(newest.line_expected_at, newest.expected_at) as expected_at,
        newest.quantity,
        newest.stocked,
        newest.returned,
        newest.stopped,
        coalesce(newest.taxed_price_cny, newest.discounted_price_cny, newest.price_cny) as price_cny,
        newest._load_id as load_id,
        {{ version_columns('newest') }}
    from newest
    left join states on newest.purchase_status = states.label
)

select * from final
