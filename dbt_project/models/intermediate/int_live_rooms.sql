{#- Every room (直播间) that any source names, with what is known of its account and times: the plan, the big screen's minutes. -#}
{{- config(materialized='keyed', key=['live_session_id']) -}}
{%- set touched -%}
    select live_session_id from {{ changes('stg_plan__live_schedule') }} where live_session_id is not null
    union all
    select live_session_id from {{ changes('stg_douyin__live_minutes') }}
    union all
    select live_session_id from {{ changes('stg_douyin__live_products') }}
    union all
    select live_session_id from {{ changes('stg_douyin__live_explanations') }}
    union all
    select live_session_id from {{ changes('int_order_lines_merged') }} where live_session_id is not null
    union all
    select live_session_id from {{ changes('stg_web__touchpoints') }} where live_session_id is not null
{%- endset -%}
{{- reopen(touched) -}}
with planned as (
    select
        live_session_id,
        min(account_id) as account_id,
        min(starts_at) as planned_from,
        max(ends_at) as planned_to
    from {{ ref('stg_plan__live_schedule') }}
    where live_session_id is not null {{ only_reopened(['live_session_id'], also='and') }}
    group by live_session_id
),

minutes as (
    select
        live_session_id,
        min(minute_at) as first_minute_at,
        max(minute_at) as last_minute_at
    from {{ ref('stg_douyin__live_minutes') }}
    {{ only_reopened(['live_session_id']) }}
    group by live_session_id
),

named as (
    select
        live_session_id,
        'planned' as named_by
    from planned
    union all
    select
        live_session_id,
        'screen' as named_by
    from minutes
    union all
    select
        live_session_id,
        'screen' as named_by
    from {{ ref('stg_douyin__live_products') }}
    {{ only_reopened(['live_session_id']) }}
    union all
    select
        live_session_id,
        'screen' as named_by
    from {{ ref('stg_douyin__live_explanations') }}
    {{ only_reopened(['live_session_id']) }}
    union all
    select
        live_session_id,
        platform as named_by
    from {{ ref('int_order_lines_merged') }}
    where live_session_id is not null {{ only_reopened(['live_session_id'], also='and') }}
    union all
    select
        live_session_id,
        'touch' as named_by
    from {{ ref('stg_web__touchpoints') }}
    where live_session_id is not null {{ only_reopened(['live_session_id'], also='and') }}
),

rooms as (
    select
        live_session_id,
        max(case when named_by in ('screen', 'douyin') then 1 else 0 end) = 1 as is_douyin
    from named
    group by live_session_id
),

final as (
    select
        rooms.live_session_id,
        rooms.is_douyin,
        planned.account_id,
        planned.planned_from,
        planned.planned_to,
        minutes.first_minute_at,
        minutes.last_minute_at
    from rooms
    left join planned on rooms.live_session_id = planned.live_session_id
    left join minutes on rooms.live_session_id = minutes.live_session_id
)

select * from final
