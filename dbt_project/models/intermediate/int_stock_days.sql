{#- The moves of each day that had any, and the ERP's snapshot beside them. A snapshot of 02:00 closes the day before, one of 20:00
    its own: what moved between midnight and the snapshot is taken off or added, so that it can be compared with the day's end. -#}
{{- config(materialized='keyed', key=['sku_id', 'warehouse_id', 'date']) -}}
{%- set lookback = var('stock_count_lookback_days') -%}
{%- set earliest = 'cast(date - interval ' ~ lookback ~ ' day as date)' -%}
{%- set touched -%}
    select sku_id, warehouse_id, move_date as date from {{ changes('fct_stock_moves') }}
    union all
    -- the day before closes with a snapshot after midnight
    select sku_id, warehouse_id, cast(move_date - interval 1 day as date) from {{ changes('fct_stock_moves') }}
    union all
    select sku_id, warehouse_id, date from {{ changes('fct_stock_days') }}
    union all
    -- a snapshot tells whether the next one is the first after a stocktake
    select stock.sku_id, stock.warehouse_id, stock.date
    from (
        select sku_id, warehouse_id, cast({{ days_between('cast(date + interval 1 day as date)', 'cast(date + interval ' ~ lookback ~ ' day as date)') }} as date) as date
        from {{ changes('fct_stock_days') }}
    ) as later
    inner join {{ ref('fct_stock_days') }} as stock
        on later.sku_id = stock.sku_id and later.warehouse_id = stock.warehouse_id and later.date = stock.date
    where stock.last_counted_at is not null
{%- endset -%}
{{- reopen(touched) -}}
-- Picked once: three readings of all moves were most of a day's work.
with moves as (
    select * from {{ ref('fct_stock_moves') }}
    {% if continues() %}where (sku_id, warehouse_id, move_date) in (
        select sku_id, warehouse_id, cast({{ days_between('date', 'cast(date + interval 1 day as date)') }} as date) from {{ of_this_run('reopened', this) }}){% endif %}
),

-- An export without warehouses cannot be laid beside the ledger of one.
taken as (
    select
        *,
        lag(snapshot_at) over (partition by sku_id, warehouse_id order by date nulls last) as before_at,
        lag(date) over (partition by sku_id, warehouse_id order by date nulls last) as before_date
    from {{ ref('fct_stock_days') }}
    where warehouse_id <> 'all'
    {%- if continues() %}
        and (sku_id, warehouse_id, date) in (
            select sku_id, warehouse_id, cast({{ days_between(earliest, 'date') }} as date)
            from {{ of_this_run('reopened', this) }}
        )
    {%- endif %}
),

snapshots as (
    select
        *,
        coalesce(
            last_counted_at <= snapshot_at
            and last_counted_at > case when before_date >= {{ earliest }} then before_at else cast({{ earliest }} as timestamp) end, false
        ) as is_counted
    from taken
    {{ only_reopened(['sku_id', 'warehouse_id', 'date']) }}
),

moved as (
    select
        sku_id,
        warehouse_id,
        move_date as date,
        sum(case when move_type = 'purchase_in' then quantity else 0 end) as inbound_qty,
        -sum(case when move_type = 'sale_out' then quantity else 0 end) as outbound_qty,
        sum(case when move_type = 'return_in' then quantity else 0 end) as return_qty,
        sum(quantity) as net_qty
    from moves
    {{ only_reopened(['sku_id', 'warehouse_id', 'move_date'], keys=['sku_id', 'warehouse_id', 'date']) }}
    group by sku_id, warehouse_id, move_date
),

after_midnight as (
    select
        snapshots.sku_id,
        snapshots.warehouse_id,
        snapshots.date,
        sum(moves.quantity) as quantity
    from moves
    inner join snapshots
        on moves.sku_id = snapshots.sku_id and moves.warehouse_id = snapshots.warehouse_id and cast(moves.move_date - interval 1 day as date) = snapshots.date
    where moves.moved_at < cast(moves.move_date as timestamp) + interval {{ var('stock_closing_hour') }} hour and moves.moved_at <= snapshots.snapshot_at
    group by snapshots.sku_id, snapshots.warehouse_id, snapshots.date
),

after_snapshot as (
    select
        snapshots.sku_id,
        snapshots.warehouse_id,
        snapshots.date,
        sum(moves.quantity) as quantity
    from moves
    inner join snapshots
        on moves.sku_id = snapshots.sku_id and moves.warehouse_id = snapshots.warehouse_id and moves.move_date = snapshots.date
    where cast(snapshots.snapshot_at as date) = snapshots.date and moves.moved_at > snapshots.snapshot_at
    group by snapshots.sku_id, snapshots.warehouse_id, snapshots.date
),

final as (
    select
        coalesce(moved.sku_id, snapshots.sku_id) as sku_id,
        coalesce(moved.warehouse_id, snapshots.warehouse_id) as warehouse_id,
        coalesce(moved.date, snapshots.date) as date,
        cast(coalesce(moved.inbound_qty, 0) as decimal(18, 4)) as inbound_qty,
        cast(coalesce(moved.outbound_qty, 0) as decimal(18, 4)) as outbound_qty,
        cast(coalesce(moved.return_qty, 0) as decimal(18, 4)) as return_qty,
        cast(coalesce(moved.net_qty, 0) as decimal(18, 4)) as net_qty,
        snapshots.on_hand as snapshot_qty,
        cast(snapshots.on_hand - coalesce(after_midnight.quantity, 0) + coalesce(after_snapshot.quantity, 0) as decimal(18, 4)) as snapshot_closing_qty,
        coalesce(snapshots.is_counted, false) as is_counted
    from moved
    full outer join snapshots
        on moved.sku_id = snapshots.sku_id and moved.warehouse_id = snapshots.warehouse_id and moved.date = snapshots.date
    left join after_midnight on snapshots.sku_id = after_midnight.sku_id
        and snapshots.warehouse_id = after_midnight.warehouse_id and snapshots.date = after_midnight.date
    left join after_snapshot on snapshots.sku_id = after_snapshot.sku_id
        and snapshots.warehouse_id = after_snapshot.warehouse_id and snapshots.date = after_snapshot.date
)

select * from final
