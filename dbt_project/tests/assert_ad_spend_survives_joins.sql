-- What the newest fetch says an ad spent on a day is what is published for it, and all that is published adds up to the ads' days.
-- Read again by another road: of an ad's own fetches (day or hours) the newest, of one age the larger; ads told by creatives are left
-- to the scenarios.
with by_creative as (
    select distinct
        platform,
        account_id,
        ad_id
    from {{ ref('fct_ad_snapshots') }}
    where level = 'creative'
),

fetches as (
    select
        platform,
        account_id,
        promotion,
        ad_id,
        stat_date,
        grain,
        fetched_at,
        sum(spend_cny) as spend_cny
    from {{ ref('fct_ad_snapshots') }}
    where
        level = 'ad'
        and time_line in ('none', 'REPORTING_TIME')
        and (platform, account_id, ad_id) not in (
            select
                b.platform,
                b.account_id,
                b.ad_id
            from by_creative as b
        )
        {{ only_changed(['fct_ad_snapshots', 'fct_ad_hours'], ['platform', 'account_id', 'ad_id', 'stat_date'], also='and') }}
    group by platform, account_id, promotion, ad_id, stat_date, grain, fetched_at
),

newest as (
    select *
    from fetches
    qualify row_number() over (
        partition by platform, account_id, promotion, ad_id, stat_date
        order by fetched_at desc, spend_cny desc
    ) = 1
),

published as (
    select
        platform,
        account_id,
        promotion,
        ad_id,
        stat_date,
        sum(spend_cny) as spend_cny
    from {{ ref('fct_ad_hours') }}
    group by platform, account_id, promotion, ad_id, stat_date
),

days as (
    select
        stat_date,
        sum(spend_cny) as spend_cny
    from {{ ref('int_ad_days') }}
    where maturity = 'now'
    group by stat_date
),

hours as (
    select
        stat_date,
        sum(spend_cny) as spend_cny
    from published
    group by stat_date
)

select
    newest.ad_id,
    newest.stat_date
from newest
left join published
    on
        newest.platform = published.platform
        and newest.account_id = published.account_id
        and newest.promotion = published.promotion
        and newest.ad_id = published.ad_id
        and newest.stat_date = published.stat_date
where newest.spend_cny is distinct from published.spend_cny
union all
select
    'all' as ad_id,
    coalesce(days.stat_date, hours.stat_date) as stat_date
from days
full outer join hours on days.stat_date = hours.stat_date
where days.spend_cny is distinct from hours.spend_cny
