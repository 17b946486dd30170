{#- The demand of a sku allotted to its warehouses: by the pieces that each is known to have shipped in 28 days, else by what each
    can sell, else evenly; by largest remainder in 1/10000 piece, so that the warehouses sum to the sku. -#}
{{- config(materialized='keyed', key=['sku_id', 'date']) -}}
{%- set line_columns = ['platform', 'sub_order_id', 'sku_id', 'warehouse_id', 'paid_at', 'quantity'] -%}
{%- set touched -%}
    select sku_id, date from {{ changes('fct_stock_days') }}
    union all
    select sku_id, date from {{ changes('int_sku_demand') }}
    union all
    -- a sale counts in the 28 days that end on a snapshot's day
    select stock.sku_id, stock.date
    from {{ ref('fct_stock_days') }} as stock
    inner join {{ changes('int_order_lines_priced', of=line_columns) }} as lines
        on stock.sku_id = lines.sku_id
            and cast(lines.paid_at as date) <= stock.date
            and cast(lines.paid_at as date) > cast(stock.date - interval 28 day as date)
{%- endset -%}
{{- reopen(touched) -}}
with stock as (
    select * from {{ ref('fct_stock_days') }}
    {{ only_reopened(['sku_id', 'date']) }}
),

demand as (
    select * from {{ ref('int_sku_demand') }}
    {{ only_reopened(['sku_id', 'date']) }}
),

shipped as (
    select
        stock.sku_id,
        stock.warehouse_id,
        stock.date,
        sum(lines.quantity) as quantity
    from stock
    inner join {{ ref('int_order_lines_priced') }} as lines
        on
            stock.sku_id = lines.sku_id
            and stock.warehouse_id = lines.warehouse_id
            and cast(lines.paid_at as date) <= stock.date
            and cast(lines.paid_at as date) > cast(stock.date - interval 28 day as date)
    group by stock.sku_id, stock.warehouse_id, stock.date
),

shares as (
    select
        stock.sku_id,
        stock.warehouse_id,
        stock.date,
        greatest(coalesce(shipped.quantity, 0), 0) as shipped_qty,
        cast(round(greatest(coalesce(stock.sellable, 0), 0)) as bigint) as sellable_qty
    from stock
    left join shipped
        on
            stock.sku_id = shipped.sku_id
            and stock.warehouse_id = shipped.warehouse_id
            and stock.date = shipped.date
),

weighed as (
    select
        *,
        cast(case
            when sum(shipped_qty) over (partition by sku_id, date) > 0 then shipped_qty
            when sum(sellable_qty) over (partition by sku_id, date) > 0 then sellable_qty
            else 1
        end as bigint) as weight
    from shares
),

totals as (
    select
        weighed.*,
        cast(sum(weighed.weight) over (partition by weighed.sku_id, weighed.date) as bigint) as total_weight,
        demand.demand_7_units,
        demand.demand_28_units,
        demand.demand_deviation,
        demand.days_of_data
    from weighed
    inner join demand on weighed.sku_id = demand.sku_id and weighed.date = demand.date
),

floored as (
    select
        *,
        {{ apportion_floor('demand_7_units', 'weight', 'total_weight') }} as floor_7,
        {{ apportion_remainder('demand_7_units', 'weight', 'total_weight') }} as remainder_7,
        {{ apportion_floor('demand_28_units', 'weight', 'total_weight') }} as floor_28,
        {{ apportion_remainder('demand_28_units', 'weight', 'total_weight') }} as remainder_28
    from totals
),

final as (
    select
        sku_id,
        warehouse_id,
        date,
        days_of_data,
        cast(weight as double) / total_weight as demand_share,
        cast({{ apportion_final('demand_7_units', 'floor_7', 'remainder_7', 'sku_id, date', 'warehouse_id') }}
            / 10000.0 as decimal(18, 4)) as demand_7d,
        cast({{ apportion_final('demand_28_units', 'floor_28', 'remainder_28', 'sku_id, date', 'warehouse_id') }}
            / 10000.0 as decimal(18, 4)) as demand_28d,
        demand_deviation * cast(weight as double) / total_weight as demand_deviation
    from floored
)

select * from final
