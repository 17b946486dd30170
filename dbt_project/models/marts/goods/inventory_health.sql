{{- config(materialized='keyed', key=['sku_id', 'date']) -}}
{%- set touched -%}
    select sku_id, date from {{ changes('fct_stock_days') }}
    union all
    select sku_id, date from {{ changes('int_warehouse_demand') }}
    union all
    select sku_id, date from {{ changes('int_sku_forecasts') }} where date is not null
    union all
    -- another supplier, or another lead time of it
    select stock.sku_id, stock.date
    from {{ ref('fct_stock_days') }} as stock
    inner join {{ changes('dim_product') }} as products on stock.sku_id = products.sku_id
    union all
    select stock.sku_id, stock.date
    from {{ ref('fct_stock_days') }} as stock
    inner join {{ ref('dim_product') }} as products on stock.sku_id = products.sku_id
    inner join {{ changes('int_lead_times') }} as leads on products.supplier_id = leads.supplier_id and stock.date = leads.date
{%- endset -%}
{{- reopen(touched) -}}
with stock as (
    select * from {{ ref('fct_stock_days') }}
    {{ only_reopened(['sku_id', 'date']) }}
),

demand as (
    select * from {{ ref('int_warehouse_demand') }}
    {{ only_reopened(['sku_id', 'date']) }}
),

leads as (
    select
        products.sku_id,
        leads.date,
        leads.lead_time_days,
        leads.lead_time_variance
    from {{ ref('dim_product') }} as products
    inner join {{ ref('int_lead_times') }} as leads on products.supplier_id = leads.supplier_id
    {{ only_reopened(['products.sku_id', 'leads.date'], keys=['sku_id', 'date']) }}
),

joined as (
    select
        stock.*,
        demand.demand_7d,
        demand.demand_28d,
        demand.demand_deviation,
        demand.days_of_data,
        cast(round(forecasts.total_14d_p50 * demand.demand_share, 4) as decimal(18, 4)) as forecast_14d_p50,
        cast(round(forecasts.total_14d_p90 * demand.demand_share, 4) as decimal(18, 4)) as forecast_14d_p90,
        cast(coalesce(leads.lead_time_days, {{ var('lead_time_days') }}) as decimal(18, 2)) as lead_time_days,
        coalesce(leads.lead_time_variance, 0) as lead_time_variance
    from stock
    inner join demand on stock.sku_id = demand.sku_id and stock.warehouse_id = demand.warehouse_id and stock.date = demand.date
    left join leads on stock.sku_id = leads.sku_id and stock.date = leads.date
    left join {{ ref('int_sku_forecasts') }} as forecasts on stock.sku_id = forecasts.sku_id and stock.date = forecasts.date
),

-- Both swing: what is sold in a day, and the days until goods come.
planned as (
    select
        *,
        cast(round({{ var('service_level_z') }} * sqrt(
            cast(lead_time_days as double) * demand_deviation * demand_deviation
            + cast(demand_28d as double) * cast(demand_28d as double) * lead_time_variance
        ), 2) as decimal(18, 2)) as safety_stock
    from joined
),

ordered as (
    select
        *,
        cast(round(demand_28d * lead_time_days + safety_stock, 2) as decimal(18, 2)) as reorder_point,
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
        locked,
        sellable,
        inbound,
        in_return,
        defective,
        demand_7d,
        demand_28d,
        forecast_14d_p50,
        forecast_14d_p90,
        days_of_cover,
        lead_time_days,
        cast(round(sqrt(cast(lead_time_variance as double)), 2) as decimal(18, 2)) as lead_time_deviation,
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
            when days_of_cover < lead_time_days then 'critical'
            when sellable < reorder_point then 'low'
            when days_of_cover > {{ var('excess_cover_days') }} then 'excess'
            else 'healthy'
        end as status,
        case when sellable <= 0 and pre_ordered > 0 then 'presale' else 'stock' end as mode
    from ordered
)

select * from final
