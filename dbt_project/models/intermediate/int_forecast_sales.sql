{#- What the forecast learns from: paid pieces of a sku and day, of the last forecast_history_days. -#}
{{- config(materialized='keyed', key=['sku_id', 'date']) -}}
{%- set history = var('forecast_history_days') -%}
{%- set touched -%}
    select sku_id, cast(paid_at as date) as date
    from {{ changes('int_order_lines_priced', of=['platform', 'sub_order_id', 'sku_id', 'paid_at', 'quantity']) }}
    where paid_at is not null
    union all
    -- days that grow too old, or are no longer ahead of the day up to which we look
    select lines.sku_id, cast(lines.paid_at as date)
    from {{ ref('int_order_lines_priced') }} as lines
    inner join (select min(as_of) as before, max(as_of) as after from {{ changes('int_data_span') }}) as span
        on cast(lines.paid_at as date) between cast(span.before - interval {{ history }} day as date) and cast(span.after - interval {{ history }} day as date)
            or cast(lines.paid_at as date) between span.before and span.after
{%- endset -%}
{{- reopen(touched) -}}
with lines as (
    select
        sku_id,
        cast(paid_at as date) as date,
        quantity
    from {{ ref('int_order_lines_priced') }}
    where paid_at is not null {{ only_reopened(['sku_id', 'cast(paid_at as date)'], keys=['sku_id', 'date'], also='and') }}
),

final as (
    select
        lines.sku_id,
        lines.date,
        cast(sum(lines.quantity) as bigint) as quantity
    from lines
    inner join {{ ref('int_data_span') }} as span
        on lines.date <= span.as_of and lines.date > cast(span.as_of - interval {{ history }} day as date)
    group by lines.sku_id, lines.date
)

select * from final
