{#- Who bought: the API's open_id; else the one customer whom the touches that carry this order id all belong to; else
    nobody is guessed and the order has no row here. -#}
with lines as (
    select * from {{ ref('int_order_lines_merged') }}
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
    where touches.order_id is not null
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
