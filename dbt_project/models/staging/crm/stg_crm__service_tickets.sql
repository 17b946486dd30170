{{ config(materialized='newest', key=['ticket_id']) }}
with source as (
    select * from {{ source('raw', 'crm__service_tickets') }}
),

newest as (
    select *
    from source
    {{ newest_version(['ticket_id']) }}
),

topics as (
    select
        newest.ticket_id,
        topics.topic_group
    from newest
    inner join {{ ref('ticket_topics') }} as topics on newest.topic like '%' || topics.word || '%'
    qualify row_number() over (partition by newest.ticket_id order by topics.priority, topics.word nulls last) = 1
),

final as (
    select
        newest.ticket_id,
        newest.opened_at,
        newest.channel,
        newest.topic,
        coalesce(topics.topic_group, 'other') as topic_group,
        newest.order_id,
        newest.first_reply_at,
        newest.resolved_at,
        newest.agent_id,
        newest.solution,
        newest.identity_type,
        newest.identity_id,
        newest._exported_at as exported_at,
        {{ version_columns('newest') }}
    from newest
    left join topics on newest.ticket_id = topics.ticket_id
)

select * from final
