{#- Pieces that were paid on an earlier day and neither shipped nor cancelled when a day began. -#}
{{- config(materialized='keyed', key=['sku_id', 'warehouse_id', 'date']) -}}
{%- set bound = var('oversell_open_days') -%}
{%- set first_held = "cast(paid_date + interval 1 day as date)" -%}
{%- set last_held = "least(coalesce(cast(released_at as date), last_date), cast(paid_date + interval " ~ bound ~ " day as date), last_date)" -%}
{%- set touched -%}
    select sku_id, warehouse_id, cast({{ days_between(first_held, last_held) }} as date) as date
    from {{ changes('int_stock_lines') }}
    cross join (select max(date) as last_date from {{ ref('stock_ledger') }}) as ends
    union all
    -- days that pass
    select sku_id, warehouse_id, date from {{ changes('stock_ledger') }}
{%- endset -%}
{{- reopen(touched) -}}
with lines as (
    select * from {{ ref('int_stock_lines') }}
    {%- if continues() %}
    where paid_date >= (select cast(min(date) - interval {{ bound }} day as date) from {{ of_this_run('reopened', this) }})
        and (released_at is null or cast(released_at as date) >= (select min(date) from {{ of_this_run('reopened', this) }}))
    {%- endif %}
),

ends as (
    select max(date) as last_date
    from {{ ref('stock_ledger') }}
),

days as (
    select
        lines.sku_id,
        lines.warehouse_id,
        lines.quantity,
        cast({{ days_between(first_held, last_held) }} as date) as date
    from lines
    cross join ends
    where lines.released_at is null or cast(lines.released_at as date) > lines.paid_date
),

final as (
    select
        sku_id,
        warehouse_id,
        date,
        cast(sum(quantity) as bigint) as quantity
    from days
    {{ only_reopened(['sku_id', 'warehouse_id', 'date']) }}
    group by sku_id, warehouse_id, date
)

select * from final
