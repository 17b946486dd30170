{#- The stages of the funnel, a row for each day and channel of the calendar. Ad channels count traffic from the ad reports, the
    others from the touches: never both, or a click that both saw would count twice. Orders are a cohort of their order day. -#}
{{- config(materialized='whole') -}}
{%- set stages = ['exposures', 'clicks', 'room_enters', 'product_clicks'] -%}
with ad_traffic as (
    select
        stat_date as date,
        channel,
        sum(impressions) as exposures,
        sum(clicks) as clicks,
        sum(room_enters) as room_enters,
        sum(product_clicks) as product_clicks
    from {{ ref('fct_ad_hours') }}
    group by stat_date, channel
),

touch_traffic as (
    select
        date,
        channel,
        {% for stage in stages -%}
        nullif({{ stage }}, 0) as {{ stage }}{{ ',' if not loop.last }}
        {% endfor %}
    from {{ ref('int_touch_days') }}
    where known_touches > 0 and channel not in (select ad_traffic.channel from ad_traffic)
),

traffic as (
    select * from ad_traffic
    union all
    select * from touch_traffic
),

-- A day between the first and the last on which a channel reports a stage, without a figure, has none of it (0); beyond these
-- days nobody knows (null): reports that have not come yet must not look like a channel that broke down.
known_stages as (
    select
        channel,
        {% for stage in stages -%}
        min(case when {{ stage }} is not null then date end) as first_{{ stage }},
        max(case when {{ stage }} is not null then date end) as last_{{ stage }}{{ ',' if not loop.last }}
        {% endfor %}
    from traffic
    group by channel
),

cohorts as (
    select * from {{ ref('int_funnel_orders') }}
),

channels as (
    select distinct channel from traffic
    union distinct
    select distinct channel from cohorts
),

final as (
    select
        days.date,
        channels.channel,
        {% for stage in stages -%}
        coalesce(
            traffic.{{ stage }},
            case when days.date between known_stages.first_{{ stage }} and known_stages.last_{{ stage }} then 0 end
        ) as {{ stage }},
        {% endfor -%}
        coalesce(cohorts.orders_created, 0) as orders_created,
        coalesce(cohorts.orders_paid, 0) as orders_paid,
        coalesce(cohorts.orders_completed, 0) as orders_completed,
        coalesce(cohorts.buyers_paid, 0) as buyers_paid,
        coalesce(cohorts.buyers_repurchased, 0) as buyers_repurchased,
        coalesce(cohorts.gmv_cny, 0) as gmv_cny,
        traffic.channel is not null or cohorts.channel is not null as has_activity
    from {{ ref('dim_date') }} as days
    cross join channels
    left join traffic on days.date = traffic.date and channels.channel = traffic.channel
    left join known_stages on channels.channel = known_stages.channel
    left join cohorts on days.date = cohorts.date and channels.channel = cohorts.channel
)

select * from final
