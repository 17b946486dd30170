{#- Order lines that were paid when less could be sold: the ledger's stock at the day's beginning, less what was paid and not yet
    shipped, then move by move and order by order through the day. -#}
{{- config(materialized='keyed', key=['sku_id', 'warehouse_id', 'date']) -}}
{%- set touched -%}
    select sku_id, warehouse_id, date from {{ changes('stock_ledger') }}
    union all
    select sku_id, warehouse_id, date from {{ changes('int_stock_held') }}
    union all
    select sku_id, warehouse_id, move_date from {{ changes('fct_stock_moves') }}
    union all
    select sku_id, warehouse_id, paid_date from {{ changes('int_stock_lines') }}
    union all
    select sku_id, warehouse_id, cast(cancelled_at as date) from {{ changes('int_stock_lines') }} where cancelled_at is not null
    union all
    -- its shipments are no events of their own while the line is known
    select sku_id, warehouse_id, cast(shipped_at as date) from {{ changes('int_stock_lines') }} where shipped_at is not null
    union all
    select ledger.sku_id, ledger.warehouse_id, ledger.date
    from {{ ref('stock_ledger') }} as ledger
    inner join {{ changes('int_stock_starts') }} as starts on ledger.sku_id = starts.sku_id and ledger.warehouse_id = starts.warehouse_id
{%- endset -%}
{{- reopen(touched) -}}
with ledger as (
    select
        ledger.sku_id,
        ledger.warehouse_id,
        ledger.date,
        ledger.opening_qty
    from {{ ref('stock_ledger') }} as ledger
    inner join {{ ref('int_stock_starts') }} as starts on ledger.sku_id = starts.sku_id and ledger.warehouse_id = starts.warehouse_id
    where starts.first_snapshot_date is not null
        {{ only_reopened(['ledger.sku_id', 'ledger.warehouse_id', 'ledger.date'], keys=['sku_id', 'warehouse_id', 'date'], also='and') }}
),

-- What left for an order that we know was taken off when it was paid.
events as (
    select
        moves.sku_id,
        moves.warehouse_id,
        moves.move_date as date,
        moves.moved_at as event_at,
        1 as event_rank,
        moves.quantity,
        cast(null as {{ dbt.type_string() }}) as platform,
        moves.document_key as event_key
    from {{ ref('fct_stock_moves') }} as moves
    left join {{ ref('int_stock_lines') }} as known
        on case when moves.move_type = 'sale_out' then moves.sub_order_id end = known.sub_order_id
            and moves.sku_id = known.sku_id and moves.warehouse_id = known.warehouse_id
    where known.sub_order_id is null
        {{ only_reopened(['moves.sku_id', 'moves.warehouse_id', 'moves.move_date'], keys=['sku_id', 'warehouse_id', 'date'], also='and') }}
    union all
    select
        sku_id,
        warehouse_id,
        cast(cancelled_at as date) as date,
        cancelled_at as event_at,
        2 as event_rank,
        quantity,
        cast(null as {{ dbt.type_string() }}) as platform,
        sub_order_id as event_key
    from {{ ref('int_stock_lines') }}
    where cancelled_at is not null
        {{ only_reopened(['sku_id', 'warehouse_id', 'cast(cancelled_at as date)'], keys=['sku_id', 'warehouse_id', 'date'], also='and') }}
    union all
    select
        sku_id,
        warehouse_id,
        paid_date as date,
        paid_at as event_at,
        3 as event_rank,
        -quantity as quantity,
        platform,
        sub_order_id as event_key
    from {{ ref('int_stock_lines') }}
    {{ only_reopened(['sku_id', 'warehouse_id', 'paid_date'], keys=['sku_id', 'warehouse_id', 'date']) }}
),

placed as (
    select
        events.*,
        ledger.opening_qty - coalesce(held.quantity, 0) + sum(events.quantity) over (
            partition by events.sku_id, events.warehouse_id, events.date
            order by events.event_at nulls last, events.event_rank nulls last, events.platform nulls last, events.event_key nulls last
            rows unbounded preceding
        ) as left_qty
    from events
    inner join ledger on events.sku_id = ledger.sku_id and events.warehouse_id = ledger.warehouse_id and events.date = ledger.date
    left join {{ ref('int_stock_held') }} as held on events.sku_id = held.sku_id and events.warehouse_id = held.warehouse_id and events.date = held.date
),

final as (
    select
        sku_id,
        warehouse_id,
        date,
        platform,
        event_key as sub_order_id,
        cast(-quantity as decimal(18, 4)) as sold_qty,
        cast(left_qty - quantity as decimal(18, 4)) as sellable_qty,
        cast(least(-quantity, -left_qty) as decimal(18, 4)) as oversold_qty
    from placed
    where event_rank = 3 and left_qty < 0
)

select * from final
