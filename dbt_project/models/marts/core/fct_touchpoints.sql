{{- config(materialized='keyed', key=['event_id']) -}}
{%- set touched -%}
    select event_id from {{ changes('stg_web__touchpoints') }}
    union all
    select event_id from {{ ref('stg_web__touchpoints') }}
    where (identity_type, identity_id) in (select identity_type, identity_id from {{ changes('int_identities_resolved') }})
    union all
    select event_id from {{ ref('stg_web__touchpoints') }}
    where ad_id in (select ad_key from {{ changes('int_ads', of=['platform', 'ad_key', 'campaign_id']) }})
{%- endset -%}
{{- reopen(touched) -}}
with touches as (
    select * from {{ ref('stg_web__touchpoints') }}
    {{ only_reopened(['event_id']) }}
),

kinds as (
    select * from {{ ref('int_touch_channels') }}
),

identities as (
    select * from {{ ref('int_identities_resolved') }}
),

ads as (
    select
        ad_key,
        max(campaign_id) as campaign_id
    from {{ ref('int_ads') }}
    group by ad_key
),

channels as (
    select * from {{ ref('channels') }}
),

final as (
    select
        touches.event_id,
        touches.occurred_at,
        cast(touches.occurred_at as date) as event_date,
        touches.event_type,
        identities.customer_key,
        kinds.channel,
        kinds.is_mapped,
        case
            -- of a known ad only what the reports say, so that its credit stands beside its spend
            when ads.ad_key is not null then coalesce(ads.campaign_id, 'none')
            else coalesce(touches.utm_campaign, 'none')
        end as campaign,
        touches.ad_platform,
        touches.ad_id,
        touches.creative_id,
        touches.audience_id,
        touches.live_session_id,
        touches.product_id,
        touches.order_id,
        touches.utm_source,
        touches.utm_medium,
        touches.utm_campaign,
        coalesce(channels.is_paid, touches.ad_platform is not null or touches.ad_id is not null) as is_paid
    from touches
    inner join kinds
        on
            coalesce(touches.ad_platform, '') = kinds.ad_platform
            and coalesce(touches.utm_source, '') = kinds.utm_source
            and coalesce(touches.utm_medium, '') = kinds.utm_medium
            and touches.event_type = kinds.event_type
            and (touches.live_session_id is not null) = kinds.in_live_room
            and (nullif(trim(touches.referrer), '') is not null) = kinds.has_referrer
    left join identities
        on
            touches.identity_type = identities.identity_type
            and touches.identity_id = identities.identity_id
    left join ads on touches.ad_id = ads.ad_key
    left join channels on kinds.channel = channels.channel
)

select * from final
