{{ config(materialized='newest', key=['stock_date', 'sku_id', 'warehouse_id', 'is_defect'], version=['snapshot_at', '_tiebreak_at', '_load_id', '_row_number']) }}
with source as (
    select * from {{ source('raw', 'erp__stock') }}
),

-- A snapshot taken before the closing hour is the closing stock of the day before: the 02:00 export after a day of sales
-- belongs to that day, and so stands beside its demand.
dated as (
    select
        *,
        coalesce(_exported_at, modified_at, _loaded_at) as snapshot_at,
        cast(coalesce(_exported_at, modified_at, _loaded_at) - interval {{ var('stock_closing_hour') }} hour as date) as stock_date,
        coalesce(warehouse_id, warehouse_name, 'all') as warehouse_key,
        coalesce(is_defect, false) as is_defective_row
    from source
),

-- Every snapshot is a state of its own; the last one of a day stands for the day.
newest as (
    select *
    from dated
    qualify row_number() over (
        partition by stock_date, sku_id, warehouse_key, is_defective_row
        order by snapshot_at desc nulls last, _tiebreak_at desc nulls last, _load_id desc, _row_number desc
    ) = 1
),

final as (
    select
        stock_date,
        sku_id,
        warehouse_key as warehouse_id,
        warehouse_name,
        is_defective_row as is_defect,
        on_hand,
        -- 聚水潭: 订单占有数 holds its 仓库待发数 already
        coalesce(order_locked, coalesce(to_review, 0) + coalesce(to_ship, 0)) + coalesce(locked, 0) as reserved_qty,
        coalesce(locked, 0) as locked_qty,
        coalesce(virtual_stock, 0) as virtual_qty,
        -- the ERP's own figure where it gives one: its rule is the shop's rule
        coalesce(sellable, available) as erp_sellable_qty,
        coalesce(purchase_in_transit, 0) + coalesce(purchase_arrived, 0)
        + coalesce(transfer_in_transit, 0) as inbound_qty,
        coalesce(return_in_transit, 0) as in_return_qty,
        coalesce(pre_ordered, 0) as pre_ordered_qty,
        last_counted_at,
        cost_price_cny,
        snapshot_at,
        _load_id as load_id,
        {{ version_columns() }}
    from newest
)

select * from final
