{#- Touches counted by day and channel, by the stage of the funnel that they stand for. -#}
{{- config(materialized='keyed', key=['date']) -}}
{%- set touched -%}
    select event_date as date from {{ changes('fct_touchpoints') }}
{%- endset -%}
{{- reopen(touched) -}}
{%- set stages = ['exposures', 'clicks', 'room_enters', 'product_clicks'] -%}
with touches as (
    select * from {{ ref('fct_touchpoints') }}
    {{ only_reopened(['event_date'], keys=['date']) }}
),

final as (
    select
        touches.event_date as date,
        touches.channel,
        {% for stage in stages -%}
        sum(case when types.funnel_stage = '{{ stage }}' then 1 end) as {{ stage }},
        {% endfor -%}
        max(case when types.event_type is not null then 1 else 0 end) as in_funnel_flag,
        max(case when touches.is_mapped then 1 else 0 end) as mapped_flag
    from touches
    left join {{ ref('touch_event_types') }} as types on touches.event_type = types.event_type
    group by touches.event_date, touches.channel
)

select * from final
