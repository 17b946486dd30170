{{- config(materialized='whole') -}}
with lines as (
    select
        platform,
        coalesce(shop_id, 'unknown') as shop_id,
        ordered_at,
        exported_at
    from {{ ref('int_order_lines_merged') }}
),

final as (
    select
        platform,
        shop_id,
        count(*) as order_lines,
        cast(min(ordered_at) as date) as first_order_date,
        cast(max(ordered_at) as date) as last_order_date,
        max(exported_at) as exported_at
    from lines
    group by platform, shop_id
)

select * from final
