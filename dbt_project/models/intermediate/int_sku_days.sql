{#- What of each sku was paid for on a day (sku empty: a line that names none), before its cost is asked for. -#}
{{- config(materialized='summed', key=['paid_date', 'sku_id'], rows='paid_lines') -}}
with lines as (
    select * from {{ signed('fct_order_lines') }} as lines
    where paid_date is not null
),

final as (
    select
        paid_date,
        coalesce(sku_id, '') as sku_id,
        cast(sum(_sign) as bigint) as paid_lines,
        cast(sum(_sign * quantity) as bigint) as quantity,
        cast(sum(_sign * gmv_cny) as decimal(18, 2)) as gmv_cny,
        cast(sum(_sign * refund_to_date_cny) as decimal(18, 2)) as refund_to_date_cny
    from lines
    group by paid_date, coalesce(sku_id, '')
)

select * from final
