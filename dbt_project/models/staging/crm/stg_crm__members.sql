{{ config(materialized='newest', key=['member_id']) }}
with source as (
    select * from {{ source('raw', 'crm__members') }}
),

newest as (
    select *
    from source
    where member_id is not null
    {{ newest_version(['member_id']) }}
),

final as (
    select
        newest.member_id,
        newest.identity_type,
        newest.identity_id,
        newest.joined_at,
        newest.level,
        coalesce(levels.level_rank, 0) as level_rank,
        coalesce(levels.is_priority, false) as is_priority,
        levels.level is not null or newest.level is null as is_level_known,
        newest.points,
        newest.birthday_month,
        newest.province,
        newest._exported_at as exported_at,
        {{ version_columns('newest') }}
    from newest
    left join {{ ref('member_levels') }} as levels on newest.level = levels.level
)

select * from final
