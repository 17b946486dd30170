-- What is allotted to the warehouses is the sku's demand, to the last digit.
with allotted as (
    select
        sku_id,
        date,
        sum(demand_7d) as demand_7d,
        sum(demand_28d) as demand_28d
    from {{ ref('inventory_health') }}
    {{ only_changed(['inventory_health', 'int_sku_demand'], ['sku_id', 'date']) }}
    group by sku_id, date
)

select
    demand.sku_id,
    demand.date
from {{ ref('int_sku_demand') }} as demand
left join allotted on demand.sku_id = allotted.sku_id and demand.date = allotted.date
where
    (
        allotted.demand_7d is distinct from cast(demand.demand_7_units / 10000.0 as decimal(18, 4))
        or allotted.demand_28d is distinct from cast(demand.demand_28_units / 10000.0 as decimal(18, 4))
    )
    {{ only_changed(
        [('inventory_health', ['sku_id', 'date']), ('int_sku_demand', ['sku_id', 'date'])],
        ['demand.sku_id', 'demand.date'], also='and'
    ) }}
