{#- What 罗盘 counts in all rooms of a day: entries and product exposures, both as times (次数). -#}
{{- config(materialized='whole') -}}
with sessions as (
    select * from {{ ref('fct_live_sessions') }}
    where is_in_compass and views is not null and product_exposures is not null
),

final as (
    select
        session_date as date,
        sum(views) as views,
        sum(product_exposures) as product_exposures
    from sessions
    group by session_date
)

select * from final
