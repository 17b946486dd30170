{#- What our own attribution gives each ad, by the day of payment: last touch and linear, with what went back of the orders that it
    won (last touch). A credit of an ad platform that names no ad stands under `unallocated`, an ad that no report knows under
    the account `unknown`: nothing is dropped for want of a name. -#}
{{- config(materialized='keyed', key=['paid_date']) -}}
{%- set touched -%}
    select paid_date from {{ changes('int_ad_credit_days') }}
    union all
    select paid_date from {{ ref('int_ad_credit_days') }}
    where ad_id in (select ad_key from {{ changes('int_ads', of=['platform', 'ad_key', 'account_id', 'campaign_id']) }})
{%- endset -%}
{{- reopen(touched) -}}
with credited as (
    select
        *,
        nullif(ad_platform, '') as named_platform,
        nullif(ad_id, '') as named_ad
    from {{ ref('int_ad_credit_days') }}
    {{ only_reopened(['paid_date']) }}
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
        credited.*,
        coalesce(labels.platform, platform_channels.platform, ads_anywhere.platform, credited.named_platform, 'unknown') as told_platform
    from credited
    left join labels on lower(credited.named_platform) = lower(labels.label)
    left join platform_channels on credited.channel = platform_channels.channel
    left join ads_anywhere on credited.named_ad = ads_anywhere.ad_key
    where credited.named_ad is not null or labels.platform is not null or platform_channels.platform is not null
),

named as (
    select
        placed.*,
        coalesce(ads.account_id, 'unknown') as account_id,
        case
            when placed.named_ad is null then 'unallocated'
            else coalesce(ads.campaign_id, 'none')
        end as campaign_id
    from placed
    left join ads on placed.told_platform = ads.platform and placed.named_ad = ads.ad_key
),

final as (
    select
        told_platform as platform,
        account_id,
        campaign_id,
        coalesce(named_ad, 'unallocated') as ad_id,
        paid_date,
        sum(orders_last) as orders_last,
        sum(gmv_last_cny) as gmv_last_cny,
        sum(orders_linear) as orders_linear,
        sum(gmv_linear_cny) as gmv_linear_cny,
        sum(refund_7d_last_cny) as refund_7d_last_cny,
        sum(refund_14d_last_cny) as refund_14d_last_cny,
        cast(sum(new_customers_last) as bigint) as new_customers_last
    from named
    group by told_platform, account_id, campaign_id, coalesce(named_ad, 'unallocated'), paid_date
)

select * from final
