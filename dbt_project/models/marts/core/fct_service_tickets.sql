{{- config(materialized='keyed', key=['ticket_id']) -}}
{%- set hours = var('ticket_answer_hours') -%}
{%- set touched -%}
    select ticket_id from {{ changes('stg_crm__service_tickets') }}
    union all
    select ticket_id from {{ changes('int_ticket_members') }}
    union all
    -- a ticket that was too young to be judged
    select tickets.ticket_id
    from {{ this }} as tickets
    inner join (select max(as_of) as after from {{ changes('int_data_span') }}) as span
        on not tickets.is_judged and span.after is not null
{%- endset -%}
{{- reopen(touched) -}}
with tickets as (
    select * from {{ ref('stg_crm__service_tickets') }}
    {{ only_reopened(['ticket_id']) }}
),

people as (
    select * from {{ ref('int_ticket_members') }}
    {{ only_reopened(['ticket_id']) }}
),

due as (
    select
        tickets.*,
        {{ hours_after('tickets.opened_at', hours) }} as due_at,
        {{ end_of_day('span.as_of') }} as looked_at
    from tickets
    cross join {{ ref('int_data_span') }} as span
),

-- Known to be in time or too late; a young ticket without an answer is neither.
judged as (
    select
        *,
        case when first_reply_at <= due_at then true when first_reply_at > due_at or due_at <= looked_at then false end as is_answered_in_time,
        case when resolved_at <= due_at then true when resolved_at > due_at or due_at <= looked_at then false end as is_solved_in_time
    from due
),

final as (
    select
        judged.ticket_id,
        judged.opened_at,
        cast(judged.opened_at as date) as opened_date,
        cast(hour(judged.opened_at) as integer) as opened_hour,
        judged.channel,
        judged.topic,
        judged.topic_group,
        judged.order_id,
        people.customer_key,
        coalesce(people.is_member, false) as is_member,
        people.member_level,
        coalesce(people.is_priority, false) as is_priority,
        judged.agent_id,
        judged.first_reply_at,
        judged.resolved_at,
        case when judged.resolved_at is not null then 'solved' when judged.first_reply_at is not null then 'answered' else 'open' end as ticket_state,
        {{ minutes_between('judged.opened_at', 'judged.first_reply_at') }} as reply_minutes,
        {{ minutes_between('judged.opened_at', 'judged.resolved_at') }} as solve_minutes,
        judged.is_answered_in_time,
        judged.is_solved_in_time,
        judged.is_answered_in_time is not null and judged.is_solved_in_time is not null as is_judged,
        judged.exported_at
    from judged
    left join people on judged.ticket_id = people.ticket_id
)

select * from final
