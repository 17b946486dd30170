{{- config(materialized='keyed', key=['customer_key']) -}}
{%- set order_columns = ['platform', 'order_id', 'customer_key', 'paid_at', 'is_paid', 'gmv_cny', 'refund_to_date_cny'] -%}
{%- set line_columns = ['platform', 'order_id', 'sub_order_id', 'province', 'ordered_at'] -%}
{%- set touched -%}
    select customer_key from {{ changes('int_identities_resolved') }}
    union all
    select customer_key from {{ changes('int_orders', of=order_columns) }} where customer_key is not null
    union all
    select customer_key from {{ changes('int_order_customers') }}
    union all
    select customer_key from {{ ref('int_order_customers') }}
    where (platform, order_id) in (select platform, order_id from {{ changes('int_order_lines_merged', of=line_columns) }})
    union all
    -- those whom the passing of days moves to another tier
    select customers.customer_key
    from {{ this }} as customers
    inner join (select min(as_of) as before, max(as_of) as after from {{ changes('int_data_span') }}) as span
        on cast(customers.last_order_at as date) + interval {{ var('tier_dormant_days') }} day between span.before and span.after
            or cast(customers.first_order_at as date) + interval {{ var('tier_new_days') }} day between span.before and span.after
{%- endset -%}
{{- reopen(touched) -}}
with identities as (
    select
        customer_key,
        count(*) as identity_count
    from {{ ref('int_identities_resolved') }}
    {{ only_reopened(['customer_key']) }}
    group by customer_key
),

orders as (
    select
        customer_key,
        min(paid_at) as first_order_at,
        max(paid_at) as last_order_at,
        count(*) as order_count,
        sum(gmv_cny) as gmv_cny,
        sum(gmv_cny - refund_to_date_cny) as net_cny
    from {{ ref('int_orders') }}
    where customer_key is not null and is_paid {{ only_reopened(['customer_key'], also='and') }}
    group by customer_key
),

provinces as (
    select
        customers.customer_key,
        lines.province
    from {{ ref('int_order_lines_merged') }} as lines
    inner join {{ ref('int_order_customers') }} as customers
        on lines.platform = customers.platform and lines.order_id = customers.order_id
    where lines.province is not null {{ only_reopened(['customers.customer_key'], keys=['customer_key'], also='and') }}
    qualify row_number() over (
        partition by customers.customer_key
        order by lines.ordered_at desc nulls last, lines.platform, lines.sub_order_id
    ) = 1
),

aged as (
    select
        orders.*,
        {{ dbt.datediff('cast(orders.last_order_at as date)', 'span.as_of', 'day') }} as days_since_last_order,
        {{ dbt.datediff('cast(orders.first_order_at as date)', 'span.as_of', 'day') }} as days_since_first_order
    from orders
    cross join {{ ref('int_data_span') }} as span
),

final as (
    select
        identities.customer_key,
        cast(identities.identity_count as bigint) as identity_count,
        aged.first_order_at,
        aged.last_order_at,
        cast(coalesce(aged.order_count, 0) as bigint) as order_count,
        cast(coalesce(aged.gmv_cny, 0) as decimal(18, 2)) as gmv_cny,
        cast(coalesce(aged.net_cny, 0) as decimal(18, 2)) as net_cny,
        provinces.province,
        case
            when aged.customer_key is null then 'prospect'
            when aged.days_since_last_order > {{ var('tier_dormant_days') }} then 'dormant'
            when aged.net_cny >= {{ var('tier_high_value_cny') }} and aged.order_count > 1 then 'high_value'
            when aged.order_count = 1 and aged.days_since_first_order <= {{ var('tier_new_days') }} then 'new'
            else 'potential'
        end as tier
    from identities
    left join aged on identities.customer_key = aged.customer_key
    left join provinces on identities.customer_key = provinces.customer_key
)

select * from final
