{#- Main orders (主订单): a conversion is one of them that was paid, with all its paid lines. -#}
{{- config(materialized='keyed', key=['platform', 'order_id']) -}}
{%- set line_columns = [
    'platform', 'order_id', 'sub_order_id', 'ordered_at', 'paid_at', 'completed_at', 'order_status', 'gmv_cny', 'refund_to_date_cny',
] -%}
{%- set touched -%}
    with touched as (
        select platform, order_id from {{ changes('int_order_lines_priced', of=line_columns) }}
        union all
        select platform, order_id from {{ changes('int_order_customers') }}
    ),

    people as (
        select customer_key from {{ changes('int_order_customers') }}
        union all
        select customer_key from {{ ref('int_order_customers') }}
        where (platform, order_id) in (select platform, order_id from touched)
    )

    select platform, order_id from touched
    union all
    -- all orders of these customers, whatever changed: an order's rank is counted among those that are computed with it
    select platform, order_id from {{ ref('int_order_customers') }}
    where customer_key in (select customer_key from people)
{%- endset -%}
{{- reopen(touched) -}}
with lines as (
    select * from {{ ref('int_order_lines_priced') }}
    {{ only_reopened(['platform', 'order_id']) }}
),

customers as (
    select * from {{ ref('int_order_customers') }}
),

summed as (
    select
        platform,
        order_id,
        count(*) as line_count,
        min(ordered_at) as ordered_at,
        min(paid_at) as paid_at,
        max(completed_at) as completed_at,
        sum(case when order_status = 'completed' then 1 else 0 end) as completed_lines,
        sum(gmv_cny) as gmv_cny,
        sum(refund_to_date_cny) as refund_to_date_cny
    from lines
    group by platform, order_id
),

final as (
    select
        summed.platform,
        summed.order_id,
        customers.customer_key,
        summed.line_count,
        summed.ordered_at,
        summed.paid_at,
        summed.completed_at,
        coalesce(summed.paid_at, summed.ordered_at) as decided_at,
        cast(summed.ordered_at as date) as ordered_date,
        cast(summed.paid_at as date) as paid_date,
        summed.paid_at is not null as is_paid,
        summed.paid_at is not null and (summed.completed_at is not null or summed.completed_lines > 0) as is_completed,
        cast(summed.gmv_cny as decimal(18, 2)) as gmv_cny,
        cast(summed.refund_to_date_cny as decimal(18, 2)) as refund_to_date_cny,
        -- rank 1 = the customer's first paid order
        case
            when summed.paid_at is not null and customers.customer_key is not null
                then row_number() over (
                    partition by customers.customer_key, summed.paid_at is not null
                    order by summed.paid_at nulls last, summed.platform, summed.order_id
                )
        end as customer_order_rank
    from summed
    left join customers
        on
            summed.platform = customers.platform
            and summed.order_id = customers.order_id
)

select * from final
