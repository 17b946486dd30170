{#- The touches that name an ad, counted by day: what the shop itself saw of it. -#}
{{- config(materialized='keyed', key=['event_date']) -}}
{%- set touched -%}
    select event_date from {{ changes('fct_touchpoints') }}
{%- endset -%}
{{- reopen(touched) -}}
with touches as (
    select * from {{ ref('fct_touchpoints') }}
    where ad_id is not null {{ only_reopened(['event_date'], also='and') }}
),

labels as (
    select * from {{ ref('ad_platform_labels') }}
),

final as (
    select
        touches.event_date,
        coalesce(labels.platform, touches.ad_platform, 'unknown') as platform,
        touches.ad_id,
        count(*) as touches,
        sum(case when touches.event_type = 'impression' then 0 else 1 end) as visits
    from touches
    left join labels on lower(touches.ad_platform) = lower(labels.label)
    group by touches.event_date, coalesce(labels.platform, touches.ad_platform, 'unknown'), touches.ad_id
)

select * from final
