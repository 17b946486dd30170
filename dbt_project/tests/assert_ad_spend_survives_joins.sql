-- Ad figures of the newest exports = what is published, ad by ad. Where an ad has a row of its own beside its creatives, the
-- ad's row is its total.
with reports as (
    select
        account_id,
        ad_key,
        stat_at,
        sum(case when creative_id is null then spend_cny end) as ad_spend_cny,
        sum(case when creative_id is not null then spend_cny end) as creative_spend_cny
    from {{ ref('stg_qianchuan__ad_reports') }}
    {{ only_changed(
        [('fct_ad_hours', ['account_id', 'ad_id', 'stat_date']), 'stg_qianchuan__ad_reports'],
        ['account_id', 'ad_key', 'stat_date']
    ) }}
    group by account_id, ad_key, stat_at
),

published as (
    select
        account_id,
        ad_id,
        stat_at,
        sum(spend_cny) as spend_cny
    from {{ ref('fct_ad_hours') }}
    {{ only_changed(
        ['fct_ad_hours', ('stg_qianchuan__ad_reports', ['account_id', 'ad_key', 'stat_date'])],
        ['account_id', 'ad_id', 'stat_date']
    ) }}
    group by account_id, ad_id, stat_at
)

select
    coalesce(reports.ad_key, published.ad_id) as ad_id,
    coalesce(reports.stat_at, published.stat_at) as stat_at
from reports
full outer join published
    on
        reports.account_id = published.account_id
        and reports.ad_key = published.ad_id
        and reports.stat_at = published.stat_at
where coalesce(reports.ad_spend_cny, reports.creative_spend_cny) is distinct from published.spend_cny
