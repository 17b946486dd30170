{#- Pieces to move between warehouses so that each holds what its own provinces will ask: what one has too much, to where it lacks,
    the largest first, within what a warehouse can handle in a day over all skus. -#}
{{- config(materialized='whole') -}}
with needs as (
    select
        provinces.sku_id,
        nearest.warehouse_id,
        sum(provinces.need_qty) as need_qty
    from {{ ref('int_sku_provinces') }} as provinces
    inner join {{ ref('int_warehouse_distances') }} as nearest on provinces.province = nearest.province and nearest.nearness = 1
    group by provinces.sku_id, nearest.warehouse_id
),

stock as (
    select
        sku_id,
        warehouse_id,
        floor(greatest(sellable, 0)) as sellable
    from {{ ref('int_stock_latest') }}
    where warehouse_id <> 'all'
),

balances as (
    select
        coalesce(needs.sku_id, stock.sku_id) as sku_id,
        coalesce(needs.warehouse_id, stock.warehouse_id) as warehouse_id,
        cast(coalesce(stock.sellable, 0) - coalesce(needs.need_qty, 0) as bigint) as balance_qty
    from needs
    full outer join stock on needs.sku_id = stock.sku_id and needs.warehouse_id = stock.warehouse_id
),

-- A piece that nobody takes needs no handling: only what the sku can move counts against a warehouse's day.
movable as (
    select
        sku_id,
        warehouse_id,
        balance_qty,
        least(
            sum(greatest(balance_qty, 0)) over (partition by sku_id), sum(greatest(-balance_qty, 0)) over (partition by sku_id)
        ) as sku_movable
    from balances
),

capped as (
    select
        movable.sku_id,
        movable.warehouse_id,
        movable.balance_qty > 0 as gives,
        least(abs(movable.balance_qty), movable.sku_movable) as wanted_qty,
        capacities.daily_capacity,
        sum(least(abs(movable.balance_qty), movable.sku_movable)) over (
            partition by movable.warehouse_id, movable.balance_qty > 0
            order by abs(movable.balance_qty) desc nulls last, movable.sku_id nulls last rows unbounded preceding
        ) as wanted_so_far
    from movable
    left join {{ ref('dim_warehouse') }} as capacities on movable.warehouse_id = capacities.warehouse_id
    where movable.balance_qty <> 0 and movable.sku_movable > 0
),

bounded as (
    select
        *,
        greatest(least(wanted_qty, coalesce(daily_capacity, wanted_so_far) - (wanted_so_far - wanted_qty)), 0) as quantity
    from capped
),

-- Givers and takers laid end to end: where their stretches overlap, pieces go from one to the other.
stretches as (
    select
        *,
        sum(quantity) over (
            partition by sku_id, gives order by quantity desc nulls last, warehouse_id rows unbounded preceding
        ) as reaches
    from bounded
    where quantity > 0
),

final as (
    select
        givers.sku_id,
        givers.warehouse_id as from_warehouse_id,
        takers.warehouse_id as to_warehouse_id,
        cast(least(givers.reaches, takers.reaches)
            - greatest(givers.reaches - givers.quantity, takers.reaches - takers.quantity) as bigint) as quantity
    from stretches as givers
    inner join stretches as takers
        on
            givers.sku_id = takers.sku_id
            and givers.gives
            and not takers.gives
            and givers.reaches > takers.reaches - takers.quantity
            and takers.reaches > givers.reaches - givers.quantity
)

select * from final
