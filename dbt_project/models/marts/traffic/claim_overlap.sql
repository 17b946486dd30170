{#- What all ad platforms claim together, against what was sold: the same order is claimed by every platform that met it. -#}
{{- config(materialized='keyed', key=['date']) -}}
{%- set touched -%}
    select stat_date as date from {{ changes('int_ad_days') }}
    union all
    select paid_date as date from {{ changes('int_orders', of=['platform', 'order_id', 'paid_date', 'is_paid', 'gmv_cny']) }} where is_paid
    union all
    select paid_date as date from {{ ref('int_orders') }}
    where is_paid and order_id in (select order_id from {{ changes('stg_qianchuan__order_links') }})
{%- endset -%}
{{- reopen(touched) -}}
with claims as (
    select
        stat_date as date,
        sum(spend_cny) as spend_cny,
        sum(claimed_orders) as claimed_orders,
        sum(claimed_gmv_cny) as claimed_gmv_cny,
        count(distinct case when claimed_orders > 0 then platform end) as claiming_platforms
    from {{ ref('int_ad_days') }}
    where maturity = 'now' {{ only_reopened(['stat_date'], keys=['date'], also='and') }}
    group by stat_date
),

orders as (
    select * from {{ ref('int_orders') }}
    where is_paid {{ only_reopened(['paid_date'], keys=['date'], also='and') }}
),

links as (
    select
        order_id,
        count(*) as ads
    from {{ ref('stg_qianchuan__order_links') }}
    group by order_id
),

sold as (
    select
        orders.paid_date as date,
        count(*) as actual_orders,
        sum(orders.gmv_cny) as actual_gmv_cny,
        count(links.ads) as linked_orders,
        count(case when links.ads > 1 then 1 end) as multi_linked_orders
    from orders
    left join links on orders.order_id = links.order_id
    group by orders.paid_date
),

final as (
    select
        coalesce(claims.date, sold.date) as date,
        cast(coalesce(claims.spend_cny, 0) as decimal(18, 2)) as spend_cny,
        cast(claims.claimed_orders as bigint) as claimed_orders,
        cast(claims.claimed_gmv_cny as decimal(18, 2)) as claimed_gmv_cny,
        cast(coalesce(claims.claiming_platforms, 0) as bigint) as claiming_platforms,
        cast(coalesce(sold.actual_orders, 0) as bigint) as actual_orders,
        cast(coalesce(sold.actual_gmv_cny, 0) as decimal(18, 2)) as actual_gmv_cny,
        {{ ratio('claims.claimed_orders', 'sold.actual_orders') }} as over_claim_orders_ratio,
        {{ ratio('claims.claimed_gmv_cny', 'sold.actual_gmv_cny') }} as over_claim_gmv_ratio,
        cast(coalesce(sold.linked_orders, 0) as bigint) as linked_orders,
        cast(coalesce(sold.multi_linked_orders, 0) as bigint) as multi_linked_orders,
        {{ ratio('coalesce(sold.actual_gmv_cny, 0)', 'claims.spend_cny') }} as blended_roi
    from claims
    full outer join sold on claims.date = sold.date
)

select * from final
