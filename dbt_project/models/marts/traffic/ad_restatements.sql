{#- How the platform changed its mind: an ad's day as known at each age, and as known now. -#}
{{- config(materialized='keyed', key=['platform', 'account_id', 'date']) -}}
{%- set touched -%}
    select platform, account_id, stat_date as date from {{ changes('int_ad_days') }}
{%- endset -%}
{{- reopen(touched) -}}
{%- set measures = ['spend_cny', 'claimed_orders', 'claimed_gmv_cny', 'settled_gmv_7d_cny', 'settled_gmv_14d_cny', 'refund_7d_cny', 'refund_14d_cny'] -%}
{%- set ad = ['platform', 'account_id', 'campaign_id', 'ad_id', 'stat_date'] -%}
with days as (
    select * from {{ ref('int_ad_days') }}
    {{ only_reopened(['platform', 'account_id', 'stat_date'], keys=['platform', 'account_id', 'date']) }}
),

latest as (
    select * from days
    where maturity = 'now'
),

-- Each maturity that the account's day has reached, also for an ad that only later fetches know: it was 0 then.
reached as (
    select distinct
        platform,
        account_id,
        stat_date,
        maturity
    from days
    where maturity <> 'now'
),

ads as (
    select distinct {{ ad | join(', ') }}
    from days
),

final as (
    select
        ads.platform,
        ads.account_id,
        ads.campaign_id,
        ads.ad_id,
        ads.stat_date as date,
        reached.maturity,
        earlier.fetched_at as then_fetched_at,
        latest.fetched_at as now_fetched_at,
        {% for measure in measures -%}
        {%- set stem, unit = (measure[:-4], '_cny') if measure.endswith('_cny') else (measure, '') -%}
        {%- set kind = 'decimal(18, 2)' if unit else 'bigint' -%}
        cast({{ 'coalesce(earlier.' ~ measure ~ ', 0)' if measure == 'spend_cny' else 'earlier.' ~ measure }} as {{ kind }}) as {{ stem }}_then{{ unit }},
        cast({{ 'coalesce(latest.' ~ measure ~ ', 0)' if measure == 'spend_cny' else 'latest.' ~ measure }} as {{ kind }}) as {{ stem }}_now{{ unit }},
        cast(
            coalesce(latest.{{ measure }}, 0) - coalesce(earlier.{{ measure }}, 0) as {{ kind }}
        ) as {{ stem }}_delta{{ unit }}{{ ',' if not loop.last }}
        {% endfor %}
    from ads
    inner join reached
        on ads.platform = reached.platform and ads.account_id = reached.account_id and ads.stat_date = reached.stat_date
    left join days as earlier
        on
            reached.maturity = earlier.maturity
            {% for column in ad -%}
            and ads.{{ column }} = earlier.{{ column }}
            {% endfor %}
    left join latest
        on {% for column in ad %}ads.{{ column }} = latest.{{ column }}{{ ' and ' if not loop.last }}{% endfor %}
)

select * from final
