{{- config(materialized='keyed', key=['platform', 'ad_id']) -}}
{%- set touched -%}
    select platform, ad_id from {{ changes('fct_ad_hours') }}
    union all
    select platform, ad_key as ad_id from {{ changes('int_ads') }}
    union all
    select platform, ad_id from {{ changes('int_ad_touch_days') }}
{%- endset -%}
{{- reopen(touched) -}}
with hours as (
    select * from {{ ref('fct_ad_hours') }}
    {{ only_reopened(['platform', 'ad_id']) }}
),

reported as (
    select
        platform,
        account_id,
        campaign_id,
        ad_id,
        creative_id,
        min(stat_date) as first_date,
        max(stat_date) as last_date,
        sum(spend_cny) as spend_cny
    from hours
    group by platform, account_id, campaign_id, ad_id, creative_id
),

-- Ads that visitors came from and that no report knows (孤儿计划): an account that is not pulled, or a wrong tag.
touched as (
    select
        platform,
        ad_id,
        min(event_date) as first_date,
        max(event_date) as last_date
    from {{ ref('int_ad_touch_days') }}
    {{ only_reopened(['platform', 'ad_id']) }}
    group by platform, ad_id
),

ads as (
    select * from {{ ref('int_ads') }}
),

members as (
    select
        *,
        true as is_reported
    from reported
    union all
    select
        touched.platform,
        'unknown' as account_id,
        'none' as campaign_id,
        touched.ad_id,
        'unallocated' as creative_id,
        touched.first_date,
        touched.last_date,
        0 as spend_cny,
        false as is_reported
    from touched
    left join ads on touched.platform = ads.platform and touched.ad_id = ads.ad_key
    where ads.ad_key is null
),

final as (
    select
        members.platform,
        members.account_id,
        ads.account_name,
        members.campaign_id,
        ads.campaign_name,
        members.ad_id,
        ads.ad_name,
        members.creative_id,
        ads.promotion,
        ads.marketing_goal,
        members.first_date,
        members.last_date,
        cast(members.spend_cny as decimal(18, 2)) as spend_cny,
        members.is_reported
    from members
    left join ads on members.platform = ads.platform and members.ad_id = ads.ad_key
)

select * from final
