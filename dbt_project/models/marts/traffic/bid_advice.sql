{{- config(materialized='keyed', key=['week_start_date']) -}}
{%- set touched -%}
    select week_start_date from {{ changes('int_bid_estimates') }}
    union all
    select week_start_date from {{ changes('int_bid_weeks') }}
    union all
    select week_start_date from {{ ref('int_bid_estimates') }}
    where (platform, ad_id) in (select platform, ad_key from {{ changes('int_ads') }})
{%- endset -%}
{{- reopen(touched) -}}
with estimates as (
    select * from {{ ref('int_bid_estimates') }}
    {{ only_reopened(['week_start_date']) }}
),

weeks as (
    select * from {{ ref('int_bid_weeks') }}
),

-- The average is what money earned; the marginal is what more money would earn. Where the days tell the two apart by two standard
-- errors, the marginal decides.
judged as (
    select
        estimates.*,
        weeks.is_current,
        weeks.is_scored,
        weeks.target_roi,
        weeks.target_basis,
        case
            when estimates.marginal_roi is null then 'unknown'
            when estimates.marginal_roi + 2 * estimates.marginal_error < estimates.roi then 'falling'
            when estimates.marginal_roi - 2 * estimates.marginal_error > estimates.roi then 'rising'
            else 'steady'
        end as marginal_trend,
        case
            when estimates.spend_cny < {{ var('bid_min_spend_cny') }}
                then 'refused: ' || cast(estimates.spend_cny as string) || ' yuan in {{ var("bid_window_days") }} days is below the floor of {{ var("bid_min_spend_cny") }}'
            when estimates.ad_orders < {{ var('bid_min_ad_orders') }}
                then 'refused: ' || cast(estimates.ad_orders as string) || ' orders of the ad in {{ var("bid_window_days") }} days are below the floor of {{ var("bid_min_ad_orders") }}'
        end as refusal
    from estimates
    inner join weeks on estimates.week_start_date = weeks.week_start_date
),

decided as (
    select
        *,
        case when marginal_trend in ('falling', 'rising') then 'marginal' else 'shrunk' end as basis,
        case when marginal_trend in ('falling', 'rising') then marginal_roi else shrunk_roi end as decisive_roi
    from judged
),

capped as (
    select
        *,
        case when refusal is null then {{ ratio('decisive_roi', 'target_roi') }} end as wanted_factor,
        case
            when refusal is null
                then cast(round(least(1.3, greatest(0.7, {{ ratio('decisive_roi', 'target_roi') }})), 2) as decimal(4, 2))
        end as bid_factor
    from decided
),

advised as (
    select
        *,
        case
            when refusal is not null then 'refuse'
            when bid_factor >= 1.05 then 'raise'
            when bid_factor <= 0.95 then 'lower'
            else 'keep'
        end as advice,
        {{ ratio('score_gmv_cny', 'score_spend_cny') }} as score_roi
    from capped
),

final as (
    select
        {% for column in ['week_start_date', 'is_current', 'platform', 'ad_id'] -%}
        advised.{{ column }},
        {% endfor -%}
        ads.ad_name,
        {% for column in [
            'audience_id', 'weekday_type', 'stat_hour', 'spend_cny', 'orders', 'gmv_cny', 'roi', 'prior_roi', 'own_weight', 'shrunk_roi',
            'marginal_roi', 'marginal_error', 'marginal_trend', 'target_roi', 'target_basis', 'bid_factor', 'advice'
        ] -%}
        advised.{{ column }},
        {% endfor -%}
        coalesce(
            advised.refusal,
            advised.advice || ': ' || advised.basis || ' ROI ' || cast(cast(advised.decisive_roi as decimal(18, 2)) as string)
            || case when advised.decisive_roi >= advised.target_roi then ' reaches' else ' misses' end || ' the target of '
            || cast(advised.target_roi as string)
            || case when advised.wanted_factor > 1.3 or advised.wanted_factor < 0.7 then '; held at the cap' else '' end
        ) as reason,
        cast(advised.orders as string) || ' orders, ' || cast(advised.spend_cny as string) || ' yuan on ' || cast(advised.spend_days as string)
        || ' days; own ROI counts ' || cast(cast(100 * advised.own_weight as decimal(18, 0)) as string) || ' %, the rest is the ad''s '
        || coalesce(cast(cast(advised.prior_roi as decimal(18, 2)) as string), '-') as evidence,
        advised.score_spend_cny,
        advised.score_orders,
        advised.score_gmv_cny,
        advised.score_roi,
        case
            when not advised.is_scored then 'open'
            when advised.score_spend_cny = 0 then 'no_spend'
            when advised.advice not in ('raise', 'lower') then 'none'
            when (advised.advice = 'raise') = (advised.score_roi >= advised.target_roi) then 'right'
            else 'wrong'
        end as score
    from advised
    left join {{ ref('int_ads') }} as ads on advised.platform = ads.platform and advised.ad_id = ads.ad_key
)

select * from final
