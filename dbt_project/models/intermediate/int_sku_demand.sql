{#- Paid pieces of each sku in the 7 and 28 days up to each day that has a stock snapshot of it (this day included), and how
    much they swing. Days before the shop's first sale are not counted as days without demand. -#}
{{- config(materialized='keyed', key=['sku_id', 'date']) -}}
{%- set touched -%}
    select sku_id, date from {{ changes('fct_stock_days') }}
    union all
    -- a sale counts in the 28 days that end on a snapshot's day
    select stock.sku_id, stock.date
    from {{ ref('fct_stock_days') }} as stock
    inner join {{ changes('int_order_lines_priced', of=['platform', 'sub_order_id', 'sku_id', 'paid_at', 'quantity']) }} as lines
        on stock.sku_id = lines.sku_id
            and cast(lines.paid_at as date) <= stock.date
            and cast(lines.paid_at as date) > cast(stock.date - interval 28 day as date)
    union all
    -- an order older than all before it gives every snapshot more days of data
    select sku_id, date from {{ ref('fct_stock_days') }}
    where (select min(cast(paid_at as date)) from {{ ref('int_order_lines_priced') }} where paid_at is not null)
        is distinct from (select min(first_date) from {{ this }})
{%- endset -%}
{{- reopen(touched) -}}
with lines as (
    select
        sku_id,
        cast(paid_at as date) as paid_date,
        quantity
    from {{ ref('int_order_lines_priced') }}
    where paid_at is not null
),

daily as (
    select
        sku_id,
        paid_date,
        sum(quantity) as quantity
    from lines
    group by sku_id, paid_date
),

first_day as (
    select min(paid_date) as first_date
    from lines
),

snapshots as (
    select distinct
        stock.sku_id,
        stock.date,
        first_day.first_date,
        {{ dbt.datediff('first_day.first_date', 'stock.date', 'day') }} + 1 as days_of_data
    from {{ ref('fct_stock_days') }} as stock
    cross join first_day
    {{ only_reopened(['stock.sku_id', 'stock.date'], keys=['sku_id', 'date']) }}
),

windows as (
    select
        snapshots.sku_id,
        snapshots.date,
        snapshots.first_date,
        greatest(coalesce(snapshots.days_of_data, 0), 0) as days_of_data,
        least(greatest(coalesce(snapshots.days_of_data, 1), 1), 7) as days_7,
        least(greatest(coalesce(snapshots.days_of_data, 1), 1), 28) as days_28,
        coalesce(sum(
            case when daily.paid_date > cast(snapshots.date - interval 7 day as date) then daily.quantity end
        ), 0) as quantity_7,
        coalesce(sum(daily.quantity), 0) as quantity_28,
        coalesce(sum(daily.quantity * daily.quantity), 0) as squares_28
    from snapshots
    left join daily
        on
            snapshots.sku_id = daily.sku_id
            and snapshots.date >= daily.paid_date
            and cast(snapshots.date - interval 28 day as date) < daily.paid_date
    group by snapshots.sku_id, snapshots.date, snapshots.first_date, snapshots.days_of_data
),

final as (
    select
        sku_id,
        date,
        first_date,
        days_of_data,
        cast(quantity_7 as bigint) as quantity_7,
        cast(quantity_28 as bigint) as quantity_28,
        cast(round(cast(quantity_7 as double) / days_7 * 10000) as bigint) as demand_7_units,
        cast(round(cast(quantity_28 as double) / days_28 * 10000) as bigint) as demand_28_units,
        -- population deviation of the daily pieces, days without a sale included
        sqrt(greatest(
            cast(squares_28 as double) / days_28
            - (cast(quantity_28 as double) / days_28) * (cast(quantity_28 as double) / days_28),
            0
        )) as demand_deviation
    from windows
)

select * from final
