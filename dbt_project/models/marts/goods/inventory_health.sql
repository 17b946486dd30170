{{- config(materialized='keyed', key=['sku_id', 'date']) -}}
{%- set touched -%}
    select sku_id, date from {{ changes('fct_stock_days') }}
    union all
    select sku_id, date from {{ changes('int_warehouse_demand') }}
{%- endset -%}
{{- reopen(touched) -}}
{%- set lead = var('lead_time_days') -%}
with stock as (
    select * from {{ ref('fct_stock_days') }}
    {{ only_reopened(['sku_id', 'date']) }}
),

demand as (
    select * from {{ ref('int_warehouse_demand') }}
    {{ only_reopened(['sku_id', 'date']) }}
),

planned as (
    select
        stock.*,
        demand.demand_7d,
        demand.demand_28d,
        demand.days_of_data,
        cast(round(
            {{ var('service_level_z') }} * demand.demand_deviation * sqrt(cast({{ lead }} as double)), 2
        ) as decimal(18, 2)) as safety_stock
    from stock
    inner join demand
        on
            stock.sku_id = demand.sku_id
            and stock.warehouse_id = demand.warehouse_id
            and stock.date = demand.date
),

ordered as (
    select
        *,
        cast(round(demand_28d * {{ lead }} + safety_stock, 2) as decimal(18, 2)) as reorder_point,
        cast(round(
            cast(greatest(sellable, 0) as double) / nullif(cast(demand_28d as double), 0), 2
        ) as decimal(18, 2)) as days_of_cover
    from planned
),

final as (
    select
        sku_id,
        warehouse_id,
        date,
        on_hand,
        reserved,
        sellable,
        inbound,
        in_return,
        defective,
        demand_7d,
        demand_28d,
        cast(null as decimal(18, 4)) as forecast_14d_p50,
        cast(null as decimal(18, 4)) as forecast_14d_p90,
        days_of_cover,
        cast({{ lead }} as integer) as lead_time_days,
        safety_stock,
        reorder_point,
        cast(greatest(ceil(reorder_point - sellable - inbound), 0) as bigint) as suggested_order_qty,
        -- beyond ten years a date says nothing
        case
            when days_of_cover <= 3650
                then cast({{ dbt.dateadd('day', 'cast(floor(days_of_cover) as integer)', 'date') }} as date)
        end as stockout_date,
        case
            when sellable <= 0 then 'out'
            when demand_28d = 0 and days_of_data >= {{ var('dead_after_days') }} then 'dead'
            when days_of_cover < {{ lead }} then 'critical'
            when sellable < reorder_point then 'low'
            when days_of_cover > {{ var('excess_cover_days') }} then 'excess'
            else 'healthy'
        end as status,
        case when sellable <= 0 and pre_ordered > 0 then 'presale' else 'stock' end as mode
    from ordered
)

select * from final
