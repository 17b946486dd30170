{#- The models on show, also on a day that has spend and no order. -#}
{{- config(materialized='whole') -}}
with final as (
    select 'first' as model
    union all
    select 'last' as model
    union all
    select 'linear' as model
)

select * from final
