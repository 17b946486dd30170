{#- Spend and won orders of an ad by audience (人群包), day and hour of the touch, with the day on which each was known. Reports tell no
    audience: an hour's spend is shared by the visits of each audience in it (largest remainder), else it stands under 'unknown'. -#}
{{- config(materialized='keyed', key=['date']) -}}
{%- set touched -%}
    select stat_date as date from {{ changes('fct_ad_hours') }}
    union all
    select date from {{ changes('int_bid_visits') }}
    union all
    select date from {{ changes('int_bid_wins') }}
    union all
    select date from {{ ref('int_bid_wins') }}
    where ad_id in (select ad_key from {{ changes('int_ads', of=['platform', 'ad_key']) }})
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
    select * from {{ ref('int_bid_visits') }}
    {{ only_reopened(['date']) }}
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
        won.ad_id,
        won.audience_id,
        won.date,
        won.stat_hour,
        won.known_date,
        won.orders,
        won.gmv_cny,
        won.gmv_squared
    from {{ ref('int_bid_wins') }} as won
    inner join ads on won.ad_id = ads.ad_key
    left join {{ ref('ad_platform_labels') }} as labels on won.ad_platform = lower(labels.label)
    where coalesce(labels.platform, ads.platform) = ads.platform {{ only_reopened(['won.date'], keys=['date'], also='and') }}
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
        cast(sum(orders) as bigint) as orders,
        cast(sum(gmv_cny) as decimal(18, 2)) as gmv_cny,
        cast(sum(gmv_squared) as decimal(38, 4)) as gmv_squared
    from wins
    group by platform, ad_id, audience_id, date, stat_hour, known_date
)

select * from final
