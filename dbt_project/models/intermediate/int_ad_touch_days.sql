{#- The touches that name an ad, counted by day: what the shop itself saw of it. -#}
{{- config(materialized='summed', key=['event_date', 'platform', 'ad_id'], rows='touches') -}}
with touches as (
    select * from {{ signed('fct_touchpoints') }} as touches
    where ad_id is not null
),

labels as (
    select * from {{ ref('ad_platform_labels') }}
),

final as (
    select
        touches.event_date,
        coalesce(labels.platform, touches.ad_platform, 'unknown') as platform,
        touches.ad_id,
        cast(sum(touches._sign) as bigint) as touches,
        cast(sum(case when touches.event_type = 'impression' then 0 else touches._sign end) as bigint) as visits
    from touches
    left join labels on lower(touches.ad_platform) = lower(labels.label)
    group by touches.event_date, coalesce(labels.platform, touches.ad_platform, 'unknown'), touches.ad_id
)

select * from final
