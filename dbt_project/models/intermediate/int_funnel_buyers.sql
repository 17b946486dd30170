{#- Orders by the day they were placed, their last channel and who placed them (empty: nobody knows). -#}
{{- config(materialized='summed', key=['date', 'channel', 'customer_key'], rows='orders_created') -}}
with orders as (
    select * from {{ signed('int_funnel_order_facts') }} as facts
),

final as (
    select
        date,
        channel,
        customer_key,
        cast(sum(_sign) as bigint) as orders_created,
        cast(sum(case when is_paid then _sign else 0 end) as bigint) as orders_paid,
        cast(sum(case when is_completed then _sign else 0 end) as bigint) as orders_completed,
        cast(sum(case when is_bought_again then _sign else 0 end) as bigint) as orders_bought_again,
        cast(sum(case when is_mapped then _sign else 0 end) as bigint) as orders_mapped,
        cast(sum(_sign * gmv_cny) as decimal(18, 2)) as gmv_cny
    from orders
    group by date, channel, customer_key
)

select * from final
