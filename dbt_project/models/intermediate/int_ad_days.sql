{#- What each ad's day was known to be at each maturity, `now` among them: the cells added up. -#}
{{- config(materialized='keyed', key=['platform', 'account_id', 'stat_date']) -}}
{%- set touched -%}
    select platform, account_id, stat_date from {{ changes('int_ad_cells') }}
{%- endset -%}
{{- reopen(touched) -}}
with cells as (
    select * from {{ ref('int_ad_cells') }}
    {{ only_reopened(['platform', 'account_id', 'stat_date']) }}
),

summed as (
    select
        maturity,
        platform,
        account_id,
        campaign_id,
        ad_id,
        stat_date,
        case when min(promotion) = max(promotion) then min(promotion) else 'mixed' end as promotion,
        max(time_line) as time_line,
        max(fetched_at) as fetched_at,
        max(oldest_age_days) as oldest_age_days,
        {{ sum_ad_measures() }}
    from cells
    group by maturity, platform, account_id, campaign_id, ad_id, stat_date
),

final as (
    select
        maturity,
        platform,
        account_id,
        campaign_id,
        ad_id,
        stat_date,
        promotion,
        time_line,
        fetched_at,
        oldest_age_days,
        {% for measure in ad_measures() -%}
        {{ ad_measure(measure) }}{{ ',' if not loop.last }}
        {% endfor %}
    from summed
)

select * from final
