{#- What each fetch-unit (an ad with its creatives, a campaign, an account; by the hour or by the day) was known to be at each
    maturity: its newest fetch among those that are at most so many days younger than the day it tells of. -#}
{{- config(materialized='keyed', key=['platform', 'account_id', 'stat_date']) -}}
{%- set touched -%}
    select platform, account_id, stat_date from {{ changes('fct_ad_snapshots') }}
    union all
    -- an ad that turns out to be of another campaign moves there with all its days
    select platform, account_id, stat_date from {{ ref('fct_ad_snapshots') }}
    where (platform, ad_id) in (select platform, ad_key from {{ changes('int_ads') }})
{%- endset -%}
{{- reopen(touched) -}}
with snapshots as (
    select * from {{ ref('fct_ad_snapshots') }}
    {{ only_reopened(['platform', 'account_id', 'stat_date']) }}
),

-- One time line of each account and day: rows of two are the same money, booked on other days.
reports as (
    select
        snapshots.*,
        max(snapshots.age_days) over (partition by snapshots.platform, snapshots.account_id, snapshots.stat_date) as oldest_age_days
    from snapshots
    left join {{ ref('ad_time_lines') }} as lines on snapshots.time_line = lines.time_line
    qualify dense_rank() over (
        partition by snapshots.platform, snapshots.account_id, snapshots.stat_date
        order by coalesce(lines.preference, 9) nulls last, snapshots.time_line nulls last
    ) = 1
),

-- A maturity is there when some fetch was made at that age or later; what was known then is the newest fetch up to that age.
known as (
    select
        maturities.maturity,
        reports.*
    from reports
    inner join {{ ref('ad_maturities') }} as maturities
        on
            (maturities.maturity = 'now' or reports.age_days <= maturities.age_days)
            and (maturities.maturity = 'now' or reports.oldest_age_days >= maturities.age_days)
    qualify reports.fetched_at = max(reports.fetched_at) over (
        partition by
            maturities.maturity, reports.platform, reports.account_id, reports.stat_date, reports.promotion,
            reports.level, reports.unit_id, reports.grain
    )
),

-- Only the newest figures are told by the hour; of earlier ones the day's total is enough.
slotted as (
    select
        known.maturity,
        known.platform,
        known.account_id,
        known.promotion,
        known.time_line,
        known.stat_date,
        known.level,
        case
            when known.level in ('ad', 'creative') then coalesce(ads.campaign_id, 'none')
            else known.campaign_id
        end as campaign_id,
        known.ad_id,
        known.creative_id,
        known.grain,
        case when known.maturity = 'now' then known.stat_at else cast(known.stat_date as timestamp) end as stat_at,
        known.fetched_at,
        known.oldest_age_days,
        {{ ad_measures() | join(', ') }}
    from known
    left join {{ ref('int_ads') }} as ads on known.platform = ads.platform and known.ad_id = ads.ad_key
),

final as (
    select
        maturity,
        platform,
        account_id,
        promotion,
        stat_date,
        level,
        campaign_id,
        ad_id,
        creative_id,
        grain,
        stat_at,
        max(time_line) as time_line,
        max(fetched_at) as fetched_at,
        max(oldest_age_days) as oldest_age_days,
        {{ sum_ad_measures() }}
    from slotted
    group by maturity, platform, account_id, promotion, stat_date, level, campaign_id, ad_id, creative_id, grain, stat_at
)

select * from final
