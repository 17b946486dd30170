{{ config(materialized='newest', key=['left_type', 'left_id', 'right_type', 'right_id']) }}
with source as (
    select * from {{ source('raw', 'crm__identity_links') }}
),

newest as (
    select *
    from source
    where left_id is not null and right_id is not null
    {{ newest_version(['left_type', 'left_id', 'right_type', 'right_id']) }}
),

final as (
    select
        left_type,
        left_id,
        right_type,
        right_id,
        left_type || ':' || left_id as left_node,
        right_type || ':' || right_id as right_node,
        linked_at,
        {{ version_columns() }}
    from newest
)

select * from final
