{{- config(materialized='keyed', key=['sku_id', 'date']) -}}
{%- set touched -%}
    select sku_id, stock_date as date from {{ changes('stg_erp__stock_levels') }}
{%- endset -%}
{{- reopen(touched) -}}
with levels as (
    select
        *,
        coalesce(erp_sellable_qty, on_hand - reserved_qty + virtual_qty)
        + {{ var('sellable_counts_inbound') }} * inbound_qty
        + {{ var('sellable_counts_returns') }} * in_return_qty as sellable_qty
    from {{ ref('stg_erp__stock_levels') }}
    {{ only_reopened(['sku_id', 'stock_date'], keys=['sku_id', 'date']) }}
),

-- Defective pieces (残次品) stand apart: they are on the shelf and cannot be sold.
summed as (
    select
        stock_date,
        sku_id,
        warehouse_id,
        sum(case when is_defect then 0 else on_hand end) as on_hand,
        sum(case when is_defect then 0 else reserved_qty end) as reserved,
        sum(case when is_defect then 0 else locked_qty end) as locked,
        sum(case when is_defect then 0 else sellable_qty end) as sellable,
        sum(case when is_defect then 0 else inbound_qty end) as inbound,
        sum(case when is_defect then 0 else in_return_qty end) as in_return,
        sum(case when is_defect then 0 else pre_ordered_qty end) as pre_ordered,
        sum(case when is_defect then on_hand else 0 end) as defective,
        max(case when not is_defect then cost_price_cny end) as cost_price_cny,
        max(last_counted_at) as last_counted_at,
        max(snapshot_at) as snapshot_at
    from levels
    group by stock_date, sku_id, warehouse_id
),

-- An export without a warehouse column holds all warehouses together: it only counts where no warehouse is known.
known as (
    select
        *,
        max(case when warehouse_id <> 'all' then 1 else 0 end) over (partition by stock_date, sku_id) as has_warehouses
    from summed
),

final as (
    select
        sku_id,
        warehouse_id,
        stock_date as date,
        cast(on_hand as decimal(18, 4)) as on_hand,
        cast(reserved as decimal(18, 4)) as reserved,
        cast(locked as decimal(18, 4)) as locked,
        cast(sellable as decimal(18, 4)) as sellable,
        cast(inbound as decimal(18, 4)) as inbound,
        cast(in_return as decimal(18, 4)) as in_return,
        cast(pre_ordered as decimal(18, 4)) as pre_ordered,
        cast(defective as decimal(18, 4)) as defective,
        cast(cost_price_cny as decimal(18, 2)) as cost_cny,
        last_counted_at,
        snapshot_at
    from known
    where warehouse_id <> 'all' or has_warehouses = 0
)

select * from final
