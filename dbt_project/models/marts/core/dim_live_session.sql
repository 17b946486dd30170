{{- config(materialized='whole') -}}
with sessions as (
    select * from {{ ref('stg_douyin__live_sessions') }}
),

links as (
    select * from {{ ref('int_live_links') }}
),

rooms as (
    select * from {{ ref('int_live_rooms') }}
),

-- A session whose room nobody names is known by its account and start.
downloaded as (
    select
        coalesce(
            links.live_session_id, sessions.account_id || '@' || replace(replace(replace(left(cast(sessions.started_at as string), 19), '-', ''), ':', ''), ' ', '')
        ) as live_session_id,
        sessions.account_id,
        sessions.account_name,
        sessions.started_at,
        sessions.ended_at,
        links.live_session_id is not null as has_room_id,
        links.linked_by
    from sessions
    left join links on sessions.account_id = links.account_id and sessions.started_at = links.started_at
),

final as (
    select
        live_session_id,
        'douyin' as platform,
        account_id,
        account_name,
        started_at,
        ended_at,
        cast(started_at as date) as session_date,
        has_room_id,
        true as is_in_compass,
        linked_by
    from downloaded
    union all
    select
        rooms.live_session_id,
        case when rooms.is_douyin then 'douyin' else 'unknown' end as platform,
        rooms.account_id,
        cast(null as string) as account_name,
        coalesce(rooms.first_minute_at, rooms.planned_from) as started_at,
        coalesce(rooms.last_minute_at + interval 1 minute, rooms.planned_to) as ended_at,
        cast(coalesce(rooms.first_minute_at, rooms.planned_from) as date) as session_date,
        true as has_room_id,
        false as is_in_compass,
        cast(null as string) as linked_by
    from rooms
    left join downloaded on rooms.live_session_id = downloaded.live_session_id
    where downloaded.live_session_id is null
)

select * from final
