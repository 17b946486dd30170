{#- Every day of a sku in a warehouse. A day's run continues from the last day before the first one that changed, so that a day costs
    a day and a late move costs the days since. -#}
{{- config(materialized='keyed', key=['sku_id', 'warehouse_id', 'date']) -}}
{%- set touched -%}
    select sku_id, warehouse_id, cast({{ days_between('from_date', 'greatest(ends.last_date, coalesce(old_ends.last_date, ends.last_date))') }} as date) as date
    from (
        select sku_id, warehouse_id, min(date) as from_date
        from (
            select sku_id, warehouse_id, date from {{ changes('int_stock_days') }}
            union all
            select sku_id, warehouse_id, first_date from {{ changes('int_stock_starts') }}
            union all
            -- days that pass
            select sku_id, warehouse_id, greatest(first_date, from_date)
            from {{ ref('int_stock_starts') }}
            inner join (select cast(min(last_date) + interval 1 day as date) as from_date from {{ changes('int_stock_span') }}) as moved
                on from_date is not null
        ) as reasons
        group by sku_id, warehouse_id
    ) as froms
    cross join {{ ref('int_stock_span') }} as ends
    cross join (select max(last_date) as last_date from {{ changes('int_stock_span') }}) as old_ends
{%- endset -%}
{{- reopen(touched) -}}
with starts as (select * from {{ ref('int_stock_starts') }}),

facts as (
    select * from {{ ref('int_stock_days') }}
    {{ only_reopened(['sku_id', 'warehouse_id', 'date']) }}
),

days as (
    select
        starts.sku_id,
        starts.warehouse_id,
        {% if continues() %}reopened.date{% else %}cast({{ days_between('starts.first_date', 'span.last_date') }} as date) as date{% endif %}
    from starts
    cross join {{ ref('int_stock_span') }} as span
    {%- if continues() %}
    inner join {{ of_this_run('reopened', this) }} as reopened on starts.sku_id = reopened.sku_id and starts.warehouse_id = reopened.warehouse_id
    where reopened.date between starts.first_date and span.last_date
    {%- endif %}
),

carried as (
    select
        starts.sku_id,
        starts.warehouse_id,
        starts.first_snapshot_date,
        {% if continues() %}coalesce(ledger.closing_qty, starts.opening_qty){% else %}starts.opening_qty{% endif %} as base_qty
    from starts
    {%- if continues() %}
    inner join (select sku_id, warehouse_id, min(date) as date from days group by sku_id, warehouse_id) as firsts
        on starts.sku_id = firsts.sku_id and starts.warehouse_id = firsts.warehouse_id
    left join {{ this }} as ledger
        on firsts.sku_id = ledger.sku_id and firsts.warehouse_id = ledger.warehouse_id
            and case when firsts.date > starts.first_date then cast(firsts.date - interval 1 day as date) end = ledger.date
    {%- endif %}
),

laid_out as (
    select
        days.sku_id,
        days.warehouse_id,
        days.date,
        carried.base_qty,
        coalesce(days.date >= carried.first_snapshot_date, false) as is_anchored,
        coalesce(facts.inbound_qty, 0) as inbound_qty,
        coalesce(facts.outbound_qty, 0) as outbound_qty,
        coalesce(facts.return_qty, 0) as return_qty,
        coalesce(facts.net_qty, 0) as net_qty,
        facts.snapshot_qty,
        facts.snapshot_closing_qty,
        coalesce(facts.is_counted, false) as is_counted,
        -- a stocktake (盘点) sets the stock; the days up to the next one follow from it
        sum(case when facts.is_counted then 1 else 0 end) over (
            partition by days.sku_id, days.warehouse_id order by days.date nulls last rows unbounded preceding
        ) as count_number
    from days
    inner join carried on days.sku_id = carried.sku_id and days.warehouse_id = carried.warehouse_id
    left join facts on days.sku_id = facts.sku_id and days.warehouse_id = facts.warehouse_id and days.date = facts.date
),

closed as (
    select
        *,
        coalesce(first_value(case when is_counted then snapshot_closing_qty end) over (
            partition by sku_id, warehouse_id, count_number order by date nulls last rows unbounded preceding
        ), base_qty) + sum(case when is_counted then 0 else net_qty end) over (
            partition by sku_id, warehouse_id, count_number order by date nulls last rows unbounded preceding
        ) as closing_qty
    from laid_out
),

opened as (
    select
        *,
        coalesce(lag(closing_qty) over (partition by sku_id, warehouse_id order by date nulls last), base_qty) as opening_qty
    from closed
),

final as (
    select
        sku_id,
        warehouse_id,
        date,
        cast(opening_qty as decimal(18, 4)) as opening_qty,
        cast(inbound_qty as decimal(18, 4)) as inbound_qty,
        cast(outbound_qty as decimal(18, 4)) as outbound_qty,
        cast(return_qty as decimal(18, 4)) as return_qty,
        cast(closing_qty - opening_qty - net_qty as decimal(18, 4)) as adjustment_qty,
        cast(closing_qty as decimal(18, 4)) as closing_qty,
        cast(snapshot_qty as decimal(18, 4)) as snapshot_qty,
        cast(snapshot_closing_qty - closing_qty as decimal(18, 4)) as unexplained_qty,
        is_counted,
        is_anchored
    from opened
)

select * from final
