{#- What our own attribution gives each ad, by the day of payment: last touch and linear, with what went back of the orders that it
    won (last touch). A credit of an ad platform that names no ad stands under `unallocated`, an ad that no report knows under
    the account `unknown`: nothing is dropped for want of a name. -#}
{{- config(materialized='keyed', key=['paid_date']) -}}
{%- set touched -%}
    select paid_date from {{ changes('attribution_credits') }}
    union all
    select paid_date from {{ changes('int_orders') }} where is_paid
    union all
    select paid_date from {{ ref('int_orders') }}
    where is_paid and (platform, order_id) in (select platform, order_id from {{ changes('int_order_refund_windows') }})
    union all
    select paid_date from {{ ref('attribution_credits') }} where ad_id in (select ad_key from {{ changes('int_ads') }})
{%- endset -%}
{{- reopen(touched) -}}
with credits as (
    select * from {{ ref('attribution_credits') }}
    where model in ('last', 'linear') {{ only_reopened(['paid_date'], also='and') }}
),

labels as (
    select * from {{ ref('ad_platform_labels') }}
),

-- a channel that is a platform's: qianchuan, dou_plus (随心推), tencent_ads, kuaishou_ads
platform_channels as (
    select
        rules.channel,
        min(labels.platform) as platform
    from {{ ref('channel_rules') }} as rules
    inner join labels on lower(rules.ad_platform) = lower(labels.label)
    group by rules.channel
),

ads as (
    select * from {{ ref('int_ads') }}
),

ads_anywhere as (
    select
        ad_key,
        min(platform) as platform
    from ads
    group by ad_key
),

-- The platform: as the touch says, else as its channel says, else the one that reports this ad.
placed as (
    select
        credits.*,
        coalesce(labels.platform, platform_channels.platform, ads_anywhere.platform, credits.ad_platform, 'unknown') as told_platform
    from credits
    left join labels on lower(credits.ad_platform) = lower(labels.label)
    left join platform_channels on credits.channel = platform_channels.channel
    left join ads_anywhere on credits.ad_id = ads_anywhere.ad_key
    where credits.ad_id is not null or labels.platform is not null or platform_channels.platform is not null
),

orders as (
    select * from {{ ref('int_orders') }}
    where is_paid {{ only_reopened(['paid_date'], also='and') }}
),

refunds as (
    select * from {{ ref('int_order_refund_windows') }}
),

final as (
    select
        placed.told_platform as platform,
        coalesce(ads.account_id, 'unknown') as account_id,
        case
            when placed.ad_id is null then 'unallocated'
            else coalesce(ads.campaign_id, 'none')
        end as campaign_id,
        coalesce(placed.ad_id, 'unallocated') as ad_id,
        placed.paid_date,
        coalesce(sum(case when placed.model = 'last' then placed.credit_orders end), 0) as orders_last,
        coalesce(sum(case when placed.model = 'last' then placed.credit_gmv_cny end), 0) as gmv_last_cny,
        coalesce(sum(case when placed.model = 'linear' then placed.credit_orders end), 0) as orders_linear,
        coalesce(sum(case when placed.model = 'linear' then placed.credit_gmv_cny end), 0) as gmv_linear_cny,
        -- one touch has the whole order in the last-touch model, so the order's refunds are its own
        coalesce(sum(case when placed.model = 'last' then refunds.refund_7d_cny end), 0) as refund_7d_last_cny,
        coalesce(sum(case when placed.model = 'last' then refunds.refund_14d_cny end), 0) as refund_14d_last_cny,
        count(case when placed.model = 'last' and orders.customer_order_rank = 1 then 1 end) as new_customers_last
    from placed
    inner join orders on placed.platform = orders.platform and placed.order_id = orders.order_id
    left join refunds on placed.platform = refunds.platform and placed.order_id = refunds.order_id
    left join ads on placed.told_platform = ads.platform and placed.ad_id = ads.ad_key
    group by
        placed.told_platform, coalesce(ads.account_id, 'unknown'),
        case
            when placed.ad_id is null then 'unallocated'
            else coalesce(ads.campaign_id, 'none')
        end,
        coalesce(placed.ad_id, 'unallocated'), placed.paid_date
)

select * from final
