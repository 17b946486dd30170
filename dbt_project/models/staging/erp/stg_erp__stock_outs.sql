{#- A document (出库单, or the order of an export) is told whole by each load, so its newest load gives all of its lines: equal
    lines of one load are different pieces (split shipments) and are all kept. -#}
{{ config(materialized='newest', key=['erp_system', 'document_id'], version=['_exported_at', '_tiebreak_at', '_load_id']) }}
with source as (
    select * from {{ source('raw', 'erp__stock_out') }}
),

states as (
    select * from {{ ref('erp_document_states') }}
    where document = 'stock_out'
),

-- 旺店通 writes states as numbers, 聚水潭 as words.
named as (
    select
        source.*,
        case
            when try_cast(source.stock_out_status as integer) is not null then 'wangdiantong' else 'jushuitan'
        end as erp_system,
        case
            when source.stock_out_id is not null then concat('out:', source.stock_out_id)
            else concat('order:', source.erp_order_id)
        end as document_id,
        coalesce(states.state = 'cancelled', false) as is_cancelled
    from source
    left join states on source.stock_out_status = states.label
),

newest as (
    select *
    from named
    qualify rank() over (
        partition by erp_system, document_id
        order by _exported_at desc nulls last, _tiebreak_at desc nulls last, _load_id desc nulls last
    ) = 1
),

-- A line with an id of its own that stands twice in a load was fetched twice: its later row holds.
lines as (
    select *
    from newest
    qualify line_id is null or row_number() over (
        partition by erp_system, document_id, line_id order by modified_at desc nulls last, _row_number desc nulls last
    ) = 1
),

final as (
    select
        erp_system,
        document_id,
        row_number() over (partition by erp_system, document_id order by _row_number nulls last) as line_number,
        stock_out_no,
        erp_order_id,
        coalesce(line_order_id, order_ids) as order_id,
        sub_order_id,
        shop_id,
        sku_id,
        warehouse_id,
        warehouse_name,
        quantity,
        is_cancelled,
        stock_out_status,
        shipped_at,
        created_at,
        carrier_name,
        tracking_no,
        province,
        cost_price_cny,
        host_name,
        _load_id as load_id,
        {{ version_columns() }}
    from lines
)

select * from final
