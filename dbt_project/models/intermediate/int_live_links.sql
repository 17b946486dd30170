{#- The 罗盘 download names a session by account and start, everything else by room id. Who is planned on that account at that time
    tells the room; without a plan, the big screen's first minute does, where only one room and one session fit. -#}
{{- config(materialized='whole') -}}
with sessions as (
    select
        account_id,
        started_at,
        coalesce(ended_at, started_at) as ended_at
    from {{ ref('stg_douyin__live_sessions') }}
),

rooms as (
    select * from {{ ref('int_live_rooms') }}
),

planned_pairs as (
    select
        sessions.account_id,
        sessions.started_at,
        rooms.live_session_id,
        abs({{ dbt.datediff('sessions.started_at', 'coalesce(rooms.first_minute_at, rooms.planned_from)', 'second') }}) as seconds_apart
    from sessions
    inner join rooms
        on
            sessions.account_id = rooms.account_id
            and sessions.started_at < rooms.planned_to
            and sessions.ended_at >= rooms.planned_from
),

nearest_of_session as (
    select *
    from planned_pairs
    qualify row_number() over (partition by account_id, started_at order by seconds_apart nulls last, live_session_id nulls last) = 1
),

by_plan as (
    select
        account_id,
        started_at,
        live_session_id,
        'plan' as linked_by
    from nearest_of_session
    qualify row_number() over (partition by live_session_id order by seconds_apart nulls last, started_at nulls last) = 1
),

minute_pairs as (
    select
        sessions.account_id,
        sessions.started_at,
        rooms.live_session_id
    from sessions
    inner join rooms
        on abs({{ dbt.datediff('sessions.started_at', 'rooms.first_minute_at', 'second') }}) <= {{ var('live_start_tolerance_seconds') }}
    left join by_plan as of_session
        on sessions.account_id = of_session.account_id and sessions.started_at = of_session.started_at
    left join by_plan as of_room on rooms.live_session_id = of_room.live_session_id
    where of_session.live_session_id is null and of_room.live_session_id is null and rooms.account_id is null
),

by_minutes as (
    select
        account_id,
        started_at,
        live_session_id,
        'minutes' as linked_by
    from minute_pairs
    qualify
        count(*) over (partition by account_id, started_at) = 1
        and count(*) over (partition by live_session_id) = 1
),

final as (
    select * from by_plan
    union all
    select * from by_minutes
)

select * from final
