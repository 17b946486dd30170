{#- Ads, campaigns and accounts by the hour, and what their day's total has beyond the hours (grain = 'day'). The total counts when it
    was fetched later than the hours; of one moment, when it has more spend. An older total says nothing about newer hours. -#}
{{- config(materialized='keyed', key=['platform', 'account_id', 'stat_date']) -}}
{%- set touched -%}
    select platform, account_id, stat_date from {{ changes('int_ads_known') }}
{%- endset -%}
{{- reopen(touched) -}}
{%- set entity = [
    'maturity', 'platform', 'account_id', 'promotion', 'stat_date', 'level', 'campaign_id', 'ad_id', 'creative_id'
] -%}
with known as (
    select * from {{ ref('int_ads_known') }}
    {{ only_reopened(['platform', 'account_id', 'stat_date']) }}
),

hour_sums as (
    select
        {{ entity | join(', ') }},
        max(fetched_at) as fetched_at,
        {{ sum_ad_measures() }}
    from known
    where grain = 'hour'
    group by {{ entity | join(', ') }}
),

day_rests as (
    select
        {% for column in entity -%}
        days.{{ column }},
        {% endfor -%}
        'day' as grain,
        cast(days.stat_date as timestamp) as stat_at,
        days.time_line,
        days.fetched_at,
        days.oldest_age_days,
        hour_sums.platform is not null as is_remainder,
        {% for measure in ad_measures() -%}
        -- a measure that the total does not tell keeps what the hours say
        case when days.{{ measure }} is not null then days.{{ measure }} - coalesce(hour_sums.{{ measure }}, 0) end as {{ measure }}{{ ',' if not loop.last }}
        {% endfor %}
    from known as days
    left join hour_sums
        on
            {% for column in entity -%}
            days.{{ column }} = hour_sums.{{ column }}{{ ' and' if not loop.last }}
            {% endfor %}
    where
        days.grain = 'day'
        and (
            hour_sums.platform is null
            or days.fetched_at > hour_sums.fetched_at
            or (days.fetched_at = hour_sums.fetched_at and days.spend_cny >= hour_sums.spend_cny)
        )
),

final as (
    select
        {{ entity | join(', ') }}, grain, stat_at, time_line, fetched_at, oldest_age_days,
        false as is_remainder,
        {{ ad_measures() | join(', ') }}
    from known
    where grain = 'hour'
    union all
    select
        {{ entity | join(', ') }}, grain, stat_at, time_line, fetched_at, oldest_age_days,
        is_remainder,
        {{ ad_measures() | join(', ') }}
    from day_rests
    where
        not is_remainder
        or {{ any_ad_measure() }}
)

select * from final
