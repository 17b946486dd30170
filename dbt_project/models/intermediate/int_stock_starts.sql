{#- Where the ledger of a sku and warehouse begins: the first day that is known, and the stock before it, worked back from the first
    snapshot. Without any snapshot it begins with nothing. -#}
{{- config(materialized='keyed', key=['sku_id', 'warehouse_id']) -}}
{%- set touched -%}
    -- only what lies at or before the first snapshot can move a beginning
    select days.sku_id, days.warehouse_id
    from {{ changes('int_stock_days') }} as days
    left join {{ this }} as starts on days.sku_id = starts.sku_id and days.warehouse_id = starts.warehouse_id
    where starts.sku_id is null
        or days.date <= starts.first_date
        or days.date <= starts.first_snapshot_date
        or (starts.first_snapshot_date is null and days.snapshot_qty is not null)
{%- endset -%}
{{- reopen(touched) -}}
with days as (
    select * from {{ ref('int_stock_days') }}
    {{ only_reopened(['sku_id', 'warehouse_id']) }}
),

firsts as (
    select
        sku_id,
        warehouse_id,
        min(date) as first_date,
        min(case when snapshot_qty is not null then date end) as first_snapshot_date
    from days
    group by sku_id, warehouse_id
),

final as (
    select
        firsts.sku_id,
        firsts.warehouse_id,
        firsts.first_date,
        firsts.first_snapshot_date,
        cast(coalesce(
            sum(case when days.date = firsts.first_snapshot_date then days.snapshot_closing_qty end)
            - sum(case when days.date <= firsts.first_snapshot_date then days.net_qty else 0 end), 0
        ) as decimal(18, 4)) as opening_qty
    from firsts
    inner join days on firsts.sku_id = days.sku_id and firsts.warehouse_id = days.warehouse_id
    group by firsts.sku_id, firsts.warehouse_id, firsts.first_date, firsts.first_snapshot_date
)

select * from final
