{#- Orders by the day they were placed and their last channel: how far each cohort came, and who bought again. -#}
{{- config(materialized='summed', key=['date', 'channel'], rows='orders_created') -}}
with buyers as (
    select * from {{ signed('int_funnel_buyers') }} as buyers
),

final as (
    select
        date,
        channel,
        cast(sum(_sign * orders_created) as bigint) as orders_created,
        cast(sum(_sign * orders_paid) as bigint) as orders_paid,
        cast(sum(_sign * orders_completed) as bigint) as orders_completed,
        cast(sum(case when customer_key <> '' and orders_paid > 0 then _sign else 0 end) as bigint) as buyers_paid,
        cast(sum(case when customer_key <> '' and orders_bought_again > 0 then _sign else 0 end) as bigint) as buyers_repurchased,
        cast(sum(_sign * orders_mapped) as bigint) as orders_mapped,
        cast(sum(_sign * gmv_cny) as decimal(18, 2)) as gmv_cny
    from buyers
    group by date, channel
)

select * from final
