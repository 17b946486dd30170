{#- Spend and won orders of an ad by audience (人群包), day and hour of the touch, with the day on which each was known. Reports tell no
    audience: an hour's spend is shared by the visits of each audience in it (largest remainder), else it stands under 'unknown'. -#}
{{- config(materialized='keyed', key=['date']) -}}
{%- set touched -%}
    select stat_date as date from {{ changes('fct_ad_hours') }}
    union all
    select event_date as date from {{ changes('fct_touchpoints') }}
    union all
    select cast(touched_at as date) as date from {{ changes('attribution_credits') }} where touched_at is not null
    union all
    select cast(touched_at as date) as date from {{ ref('attribution_credits') }}
    where touched_at is not null and ad_id in (select ad_key from {{ changes('int_ads') }})
{%- endset -%}
{{- reopen(touched) -}}
with hours as (
    select
        platform,
        ad_id,
        stat_date as date,
        stat_hour,
        {{ to_fen('sum(spend_cny)') }} as spend_fen
    from {{ ref('fct_ad_hours') }}
    where grain = 'hour' and ad_id <> 'unallocated' {{ only_reopened(['stat_date'], keys=['date'], also='and') }}
    group by platform, ad_id, stat_date, stat_hour
),

visits as (
    select
        ad_id,
        event_date as date,
        hour(occurred_at) as stat_hour,
        coalesce(audience_id, 'unknown') as audience_id,
        count(*) as touches
    from {{ ref('fct_touchpoints') }}
    where ad_id is not null {{ only_reopened(['event_date'], keys=['date'], also='and') }}
    group by ad_id, event_date, hour(occurred_at), coalesce(audience_id, 'unknown')
),

weighed as (
    select
        hours.*,
        coalesce(visits.audience_id, 'unknown') as audience_id,
        coalesce(visits.touches, 1) as weight,
        sum(coalesce(visits.touches, 1)) over (
            partition by hours.platform, hours.ad_id, hours.date, hours.stat_hour
        ) as total_weight
    from hours
    left join visits on hours.ad_id = visits.ad_id and hours.date = visits.date and hours.stat_hour = visits.stat_hour
),

floored as (
    select
        *,
        {{ apportion_floor('spend_fen', 'weight', 'total_weight') }} as floor_fen,
        {{ apportion_remainder('spend_fen', 'weight', 'total_weight') }} as remainder_fen
    from weighed
),

shared as (
    select
        *,
        {{ apportion_final('spend_fen', 'floor_fen', 'remainder_fen', 'platform, ad_id, date, stat_hour', 'audience_id nulls last') }} as share_fen
    from floored
),

ads as (
    select * from {{ ref('int_ads') }}
),

wins as (
    select
        ads.platform,
        credits.ad_id,
        coalesce(credits.audience_id, 'unknown') as audience_id,
        cast(credits.touched_at as date) as date,
        hour(credits.touched_at) as stat_hour,
        credits.paid_date as known_date,
        credits.credit_gmv_cny
    from {{ ref('attribution_credits') }} as credits
    inner join ads on credits.ad_id = ads.ad_key
    left join {{ ref('ad_platform_labels') }} as labels on lower(credits.ad_platform) = lower(labels.label)
    where
        credits.model = 'last'
        and credits.touched_at is not null
        and coalesce(labels.platform, ads.platform) = ads.platform
        {{ only_reopened(['cast(credits.touched_at as date)'], keys=['date'], also='and') }}
),

final as (
    select
        platform,
        ad_id,
        audience_id,
        date,
        cast(stat_hour as bigint) as stat_hour,
        date as known_date,
        {{ to_cny('share_fen') }} as spend_cny,
        cast(0 as bigint) as orders,
        cast(0 as decimal(18, 2)) as gmv_cny,
        cast(0 as decimal(38, 4)) as gmv_squared
    from shared
    union all
    select
        platform,
        ad_id,
        audience_id,
        date,
        cast(stat_hour as bigint) as stat_hour,
        known_date,
        cast(0 as decimal(18, 2)) as spend_cny,
        count(*) as orders,
        cast(sum(credit_gmv_cny) as decimal(18, 2)) as gmv_cny,
        cast(sum(credit_gmv_cny * credit_gmv_cny) as decimal(38, 4)) as gmv_squared
    from wins
    group by platform, ad_id, audience_id, date, stat_hour, known_date
)

select * from final
