{#- The touches of an ad counted by audience (人群包), day and hour. -#}
{{- config(materialized='summed', key=['ad_id', 'date', 'stat_hour', 'audience_id'], rows='touches') -}}
with touches as (
    select * from {{ signed('fct_touchpoints') }} as touches
    where ad_id is not null
),

final as (
    select
        ad_id,
        event_date as date,
        hour(occurred_at) as stat_hour,
        coalesce(audience_id, 'unknown') as audience_id,
        cast(sum(_sign) as bigint) as touches
    from touches
    group by ad_id, event_date, hour(occurred_at), coalesce(audience_id, 'unknown')
)

select * from final
