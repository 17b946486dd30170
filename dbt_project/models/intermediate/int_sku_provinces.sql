{#- What each province is likely to ask of a sku in the next 14 days: the sku's forecast by the province's share of 28 days, in whole
    pieces by largest remainder. -#}
{{- config(materialized='whole') -}}
with sold as (
    select
        lines.sku_id,
        coalesce(centres.province, 'unknown') as province,
        span.as_of as date,
        cast(sum(lines.quantity) as bigint) as quantity
    from {{ ref('int_order_lines_priced') }} as lines
    inner join {{ ref('int_data_span') }} as span
        on cast(lines.paid_at as date) <= span.as_of
            and cast(lines.paid_at as date) > cast(span.as_of - interval 28 day as date)
    left join {{ ref('province_centres') }} as centres on lines.province = centres.label
    where lines.quantity > 0
    group by lines.sku_id, coalesce(centres.province, 'unknown'), span.as_of
),

needed as (
    select
        sold.*,
        cast(sum(sold.quantity) over (partition by sold.sku_id) as bigint) as sku_quantity,
        cast(ceil(coalesce(forecasts.total_14d_p50, 0)) as bigint) as sku_need
    from sold
    left join {{ ref('int_sku_forecasts') }} as forecasts on sold.sku_id = forecasts.sku_id
),

floored as (
    select
        *,
        {{ apportion_floor('sku_need', 'quantity', 'sku_quantity') }} as need_floor,
        {{ apportion_remainder('sku_need', 'quantity', 'sku_quantity') }} as need_remainder
    from needed
),

final as (
    select
        sku_id,
        province,
        date,
        quantity as sold_28d,
        {{ ratio('quantity', 'sku_quantity') }} as demand_share,
        cast({{ apportion_final('sku_need', 'need_floor', 'need_remainder', 'sku_id', 'province nulls last') }} as bigint) as need_qty
    from floored
)

select * from final
