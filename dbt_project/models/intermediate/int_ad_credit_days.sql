{#- What the last-touch and the linear model give, by day of payment and what the touch says of its ad (nothing: empty), with what went back
    of the orders and who was new among them (last touch). -#}
{{- config(materialized='summed', key=['paid_date', 'ad_platform', 'channel', 'ad_id'], rows='credits') -}}
with parts as (
    select
        paid_date,
        coalesce(ad_platform, '') as ad_platform,
        channel,
        coalesce(ad_id, '') as ad_id,
        _sign as credits,
        case when model = 'last' then _sign * credit_orders else 0 end as orders_last,
        case when model = 'last' then _sign * credit_gmv_cny else 0 end as gmv_last_cny,
        case when model = 'linear' then _sign * credit_orders else 0 end as orders_linear,
        case when model = 'linear' then _sign * credit_gmv_cny else 0 end as gmv_linear_cny,
        0 as refund_7d_last_cny,
        0 as refund_14d_last_cny,
        0 as new_customers_last
    from {{ signed('attribution_credits') }} as credits
    where model in ('last', 'linear')
    union all
    -- one touch has the whole order in the last-touch model, so the order's refunds are its own
    select
        paid_date,
        ad_platform,
        channel,
        ad_id,
        0 as credits,
        0 as orders_last,
        0 as gmv_last_cny,
        0 as orders_linear,
        0 as gmv_linear_cny,
        _sign * refund_7d_cny as refund_7d_last_cny,
        _sign * refund_14d_cny as refund_14d_last_cny,
        case when is_new_customer then _sign else 0 end as new_customers_last
    from {{ signed('int_order_last_touches') }} as last_touches
),

final as (
    select
        paid_date,
        ad_platform,
        channel,
        ad_id,
        cast(sum(credits) as bigint) as credits,
        cast(sum(orders_last) as decimal(18, 9)) as orders_last,
        cast(sum(gmv_last_cny) as decimal(18, 2)) as gmv_last_cny,
        cast(sum(orders_linear) as decimal(18, 9)) as orders_linear,
        cast(sum(gmv_linear_cny) as decimal(18, 2)) as gmv_linear_cny,
        cast(sum(refund_7d_last_cny) as decimal(18, 2)) as refund_7d_last_cny,
        cast(sum(refund_14d_last_cny) as decimal(18, 2)) as refund_14d_last_cny,
        cast(sum(new_customers_last) as bigint) as new_customers_last
    from parts
    group by paid_date, ad_platform, channel, ad_id
)

select * from final
