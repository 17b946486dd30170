{#- Touches counted by day and channel, by the stage of the funnel that they stand for. -#}
{{- config(materialized='summed', key=['date', 'channel'], rows='touches') -}}
{%- set stages = ['exposures', 'clicks', 'room_enters', 'product_clicks'] -%}
with touches as (
    select * from {{ signed('fct_touchpoints') }} as touches
),

final as (
    select
        touches.event_date as date,
        touches.channel,
        cast(sum(touches._sign) as bigint) as touches,
        {% for stage in stages -%}
        cast(sum(case when types.funnel_stage = '{{ stage }}' then touches._sign else 0 end) as bigint) as {{ stage }},
        {% endfor -%}
        cast(sum(case when types.event_type is not null then touches._sign else 0 end) as bigint) as known_touches,
        cast(sum(case when touches.is_mapped then touches._sign else 0 end) as bigint) as mapped_touches
    from touches
    left join {{ ref('touch_event_types') }} as types on touches.event_type = types.event_type
    group by touches.event_date, touches.channel
)

select * from final
