{#- Who bought: the API's open_id; else the one customer whom the touches that carry this order id all belong to; else
    nobody is guessed and the order has no row here. -#}
{{- config(materialized='keyed', key=['platform', 'order_id']) -}}
{%- set touched -%}
    with people as (
        select identity_type, identity_id from {{ changes('int_identities_resolved') }}
    )
    select platform, order_id from {{ changes('int_order_lines_merged', of=['platform', 'order_id', 'sub_order_id', 'open_id']) }}
    union all
    select platform, order_id from {{ ref('int_order_lines_merged') }}
    where open_id in (select identity_id from people where identity_type = 'open_id')
    union all
    select lines.platform, lines.order_id
    from {{ ref('int_order_lines_merged') }} as lines
    where lines.order_id in (
        select order_id from {{ changes('stg_web__touchpoints', of=['event_id', 'order_id', 'identity_type', 'identity_id']) }}
        where order_id is not null
        union all
        select order_id from {{ ref('stg_web__touchpoints') }}
        where order_id is not null and (identity_type, identity_id) in (select identity_type, identity_id from people)
    )
{%- endset -%}
{{- reopen(touched) -}}
with lines as (
    select * from {{ ref('int_order_lines_merged') }}
    {{ only_reopened(['platform', 'order_id']) }}
),

identities as (
    select * from {{ ref('int_identities_resolved') }}
),

by_open_id as (
    select
        lines.platform,
        lines.order_id,
        min(identities.customer_key) as customer_key,
        count(distinct identities.customer_key) as customer_count
    from lines
    inner join identities on lines.open_id = identities.identity_id
    where identities.identity_type = 'open_id'
    group by lines.platform, lines.order_id
),

by_touch as (
    select
        touches.order_id,
        min(identities.customer_key) as customer_key,
        count(distinct identities.customer_key) as customer_count
    from {{ ref('stg_web__touchpoints') }} as touches
    inner join identities
        on
            touches.identity_type = identities.identity_type
            and touches.identity_id = identities.identity_id
    where touches.order_id is not null {{ only_reopened(['touches.order_id'], keys=['order_id'], also='and') }}
    group by touches.order_id
),

orders as (
    select distinct
        platform,
        order_id
    from lines
),

final as (
    select
        orders.platform,
        orders.order_id,
        coalesce(by_open_id.customer_key, by_touch.customer_key) as customer_key,
        case when by_open_id.customer_key is not null then 'open_id' else 'touch' end as known_by
    from orders
    left join by_open_id
        on
            orders.platform = by_open_id.platform
            and orders.order_id = by_open_id.order_id
            and by_open_id.customer_count = 1
    left join by_touch
        on
            orders.order_id = by_touch.order_id
            and by_touch.customer_count = 1
    where coalesce(by_open_id.customer_key, by_touch.customer_key) is not null
)

select * from final
