{#- Where a sku is asked for, which warehouse is near, and what to move there. -#}
{{- config(materialized='whole') -}}
with provinces as (
    select * from {{ ref('int_sku_provinces') }}
),

distances as (
    select * from {{ ref('int_warehouse_distances') }}
),

stock as (
    select
        sku_id,
        warehouse_id,
        floor(greatest(sellable, 0)) as sellable
    from {{ ref('int_stock_latest') }}
),

with_stock as (
    select
        provinces.sku_id,
        provinces.province,
        distances.warehouse_id,
        distances.distance_km
    from provinces
    inner join distances on provinces.province = distances.province
    inner join stock on provinces.sku_id = stock.sku_id and distances.warehouse_id = stock.warehouse_id
    where stock.sellable > 0
    qualify row_number() over (partition by provinces.sku_id, provinces.province order by distances.nearness nulls last) = 1
),

arriving as (
    select
        sku_id,
        to_warehouse_id as warehouse_id,
        sum(quantity) as quantity
    from {{ ref('int_stock_transfers') }}
    group by sku_id, to_warehouse_id
),

homes as (
    select
        provinces.*,
        distances.warehouse_id as home_warehouse_id,
        distances.distance_km as home_distance_km,
        coalesce(stock.sellable, 0) as home_sellable,
        cast(coalesce(arriving.quantity, 0) as bigint) as arriving_qty,
        cast(sum(provinces.need_qty) over (partition by provinces.sku_id, distances.warehouse_id) as bigint) as home_need
    from provinces
    left join distances on provinces.province = distances.province and distances.nearness = 1
    left join stock on provinces.sku_id = stock.sku_id and distances.warehouse_id = stock.warehouse_id
    left join arriving on provinces.sku_id = arriving.sku_id and distances.warehouse_id = arriving.warehouse_id
),

-- A province's part of what comes to its warehouse, by what it needs.
shared as (
    select
        *,
        {{ apportion_floor('arriving_qty', 'need_qty', 'nullif(home_need, 0)') }} as part_floor,
        {{ apportion_remainder('arriving_qty', 'need_qty', 'nullif(home_need, 0)') }} as part_remainder
    from homes
),

final as (
    select
        shared.sku_id,
        shared.province,
        shared.date,
        shared.sold_28d,
        shared.demand_share,
        shared.need_qty,
        shared.home_warehouse_id,
        shared.home_distance_km,
        with_stock.warehouse_id as nearest_warehouse_with_stock,
        with_stock.distance_km as nearest_distance_km,
        case when shared.home_warehouse_id is not null
            then {{ ratio('least(shared.home_sellable, shared.home_need)', 'shared.home_need') }}
        end as local_fill_rate,
        case when shared.home_warehouse_id is not null
            then {{ ratio('least(shared.home_sellable + shared.arriving_qty, shared.home_need)', 'shared.home_need') }}
        end as local_fill_rate_after,
        cast(coalesce({{ apportion_final('arriving_qty', 'part_floor', 'part_remainder', 'shared.sku_id, shared.home_warehouse_id', 'shared.province nulls last') }}, 0) as bigint)
            as suggested_transfer_qty
    from shared
    left join with_stock on shared.sku_id = with_stock.sku_id and shared.province = with_stock.province
)

select * from final
