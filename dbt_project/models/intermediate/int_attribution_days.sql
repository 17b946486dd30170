{#- Credits added up by day of payment, channel, campaign and model. -#}
{{- config(materialized='summed', key=['paid_date', 'channel', 'campaign', 'model'], rows='credits') -}}
with credits as (
    select * from {{ signed('attribution_credits') }} as credits
),

final as (
    select
        paid_date,
        channel,
        campaign,
        model,
        cast(sum(_sign) as bigint) as credits,
        cast(sum(_sign * credit_orders) as decimal(18, 9)) as orders,
        cast(sum(_sign * credit_gmv_cny) as decimal(18, 2)) as gmv_cny,
        cast(sum(_sign * credit_net_cny) as decimal(18, 2)) as net_cny
    from credits
    group by paid_date, channel, campaign, model
)

select * from final
