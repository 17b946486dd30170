{{ config(materialized='newest', key=['stock_in_id', 'line_key']) }}
with source as (
    select
        *,
        coalesce(line_id, sku_id) as line_key
    from {{ source('raw', 'erp__stock_in') }}
),

states as (
    select * from {{ ref('erp_document_states') }}
    where document = 'stock_in'
),

newest as (
    select *
    from source
    {{ newest_version(['stock_in_id', 'line_key']) }}
),

final as (
    select
        newest.stock_in_id,
        newest.line_key,
        newest.stock_in_no,
        newest.purchase_id,
        newest.purchase_no,
        newest.supplier_id,
        newest.sku_id,
        newest.warehouse_id,
        newest.warehouse_name,
        -- 聚水潭: 2 销退仓, 3 进货仓, 4 次品仓 and the 自定义仓 are beside the stock that is sold from
        coalesce(newest.warehouse_part_code, '1') = '1' as is_main_stock,
        coalesce(newest.is_defect, false) as is_defect,
        newest.quantity,
        newest.stock_in_status,
        coalesce(states.state, 'unknown') as document_state,
        states.state is not null as is_state_known,
        coalesce(newest.checked_at, newest.received_at, newest.modified_at, newest.created_at) as received_at,
        newest._load_id as load_id,
        {{ version_columns('newest') }}
    from newest
    left join states on newest.stock_in_status = states.label
)

select * from final
