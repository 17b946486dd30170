{#- Who wrote a ticket: the customer behind its identity, else behind its order; and the highest membership of that customer, or of
    that very identity where the customer is not known. -#}
{{- config(materialized='keyed', key=['ticket_id']) -}}
{%- set touched -%}
    with people as (
        select identity_type, identity_id from {{ changes('int_identities_resolved') }}
        union all
        select identity_type, identity_id from {{ changes('stg_crm__members') }}
        union all
        -- all identities of the customers behind changed members
        select identity_type, identity_id from {{ ref('int_identities_resolved') }}
        where customer_key in (
            select customer_key from {{ ref('int_identities_resolved') }}
            where (identity_type, identity_id) in (select identity_type, identity_id from {{ changes('stg_crm__members') }})
        )
    )

    select ticket_id from {{ changes('stg_crm__service_tickets') }}
    union all
    select ticket_id from {{ ref('stg_crm__service_tickets') }}
    where (identity_type, identity_id) in (select identity_type, identity_id from people)
        or order_id in (select order_id from {{ changes('int_order_customers') }})
        or order_id in (
            select order_id from {{ ref('int_order_customers') }}
            where customer_key in (
                select customer_key from {{ ref('int_identities_resolved') }}
                where (identity_type, identity_id) in (select identity_type, identity_id from people)
                union all
                select customer_key from {{ changes('int_identities_resolved') }}
            )
        )
{%- endset -%}
{{- reopen(touched) -}}
with tickets as (
    select * from {{ ref('stg_crm__service_tickets') }}
    {{ only_reopened(['ticket_id']) }}
),

people as (
    select * from {{ ref('int_identities_resolved') }}
),

members as (
    select
        members.*,
        people.customer_key
    from {{ ref('stg_crm__members') }} as members
    left join people on members.identity_type = people.identity_type and members.identity_id = people.identity_id
),

buyers as (
    select
        order_id,
        min(customer_key) as customer_key
    from {{ ref('int_order_customers') }}
    group by order_id
    having count(distinct customer_key) = 1
),

written as (
    select
        tickets.ticket_id,
        tickets.identity_type,
        tickets.identity_id,
        coalesce(people.customer_key, buyers.customer_key) as customer_key
    from tickets
    left join people on tickets.identity_type = people.identity_type and tickets.identity_id = people.identity_id
    left join buyers on tickets.order_id = buyers.order_id
),

matched as (
    select
        written.ticket_id,
        members.level,
        members.level_rank,
        members.is_priority
    from written
    inner join members on written.customer_key = members.customer_key
    union all
    select
        written.ticket_id,
        members.level,
        members.level_rank,
        members.is_priority
    from written
    inner join members on written.identity_type = members.identity_type and written.identity_id = members.identity_id
),

highest as (
    select *
    from matched
    qualify row_number() over (partition by ticket_id order by level_rank desc nulls last, level nulls last) = 1
),

final as (
    select
        written.ticket_id,
        written.customer_key,
        highest.ticket_id is not null as is_member,
        highest.level as member_level,
        coalesce(highest.is_priority, false) as is_priority
    from written
    left join highest on written.ticket_id = highest.ticket_id
)

select * from final
