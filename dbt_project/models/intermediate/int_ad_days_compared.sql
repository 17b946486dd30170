{#- Each ad's day as known now, the maturity that it has reached, and itself and the same weekday a week before as both were known at
    that maturity: a young day is never compared with an old one. -#}
{{- config(materialized='keyed', key=['platform', 'account_id', 'stat_date']) -}}
{%- set touched -%}
    select platform, account_id, stat_date from {{ changes('int_ad_days') }}
    union all
    select platform, account_id, cast(stat_date + interval 7 day as date) as stat_date from {{ changes('int_ad_days') }}
{%- endset -%}
{{- reopen(touched) -}}
{%- set ad = ['platform', 'account_id', 'campaign_id', 'ad_id'] -%}
with latest as (
    select * from {{ ref('int_ad_days') }}
    where maturity = 'now' {{ only_reopened(['platform', 'account_id', 'stat_date'], also='and') }}
),

known as (
    select * from {{ ref('int_ad_days') }}
    where maturity <> 'now'
),

maturities as (
    select * from {{ ref('ad_maturities') }}
    where maturity <> 'now'
),

aged as (
    select
        latest.*,
        maturities.maturity as reached
    from latest
    left join maturities on latest.oldest_age_days >= maturities.age_days
    qualify row_number() over (
        partition by latest.platform, latest.account_id, latest.campaign_id, latest.ad_id, latest.stat_date
        order by maturities.age_days desc nulls last
    ) = 1
),

final as (
    select
        aged.*,
        same_day.spend_cny as spend_at_maturity_cny,
        same_day.claimed_gmv_cny as claimed_gmv_at_maturity_cny,
        week_before.spend_cny as spend_week_before_cny,
        week_before.claimed_gmv_cny as claimed_gmv_week_before_cny
    from aged
    {% for alias, days in [('same_day', 0), ('week_before', 7)] -%}
    left join known as {{ alias }}
        on
            aged.reached = {{ alias }}.maturity
            and aged.stat_date = cast({{ alias }}.stat_date + interval {{ days }} day as date)
            {% for column in ad -%}
            and aged.{{ column }} = {{ alias }}.{{ column }}
            {% endfor %}
    {% endfor %}
)

select * from final
