{#- Touches in a room by the stage of the funnel that they stand for: what is known of rooms that no 罗盘 download has. -#}
{{- config(materialized='keyed', key=['live_session_id']) -}}
{%- set touched -%}
    select live_session_id from {{ changes('fct_touchpoints') }} where live_session_id is not null
{%- endset -%}
{{- reopen(touched) -}}
with touches as (
    select * from {{ ref('fct_touchpoints') }}
    where live_session_id is not null {{ only_reopened(['live_session_id'], also='and') }}
),

final as (
    select
        touches.live_session_id,
        min(touches.occurred_at) as first_touch_at,
        sum(case when types.funnel_stage = 'exposures' then 1 end) as exposures,
        sum(case when types.funnel_stage = 'clicks' then 1 end) as clicks,
        sum(case when types.funnel_stage = 'room_enters' then 1 end) as room_enters,
        sum(case when types.funnel_stage = 'product_clicks' then 1 end) as product_clicks
    from touches
    left join {{ ref('touch_event_types') }} as types on touches.event_type = types.event_type
    group by touches.live_session_id
)

select * from final
