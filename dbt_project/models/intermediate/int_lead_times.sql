{#- The lead time of a supplier as it was known on each day with stock: orders that came in within lead_time_window_days, drawn
    towards what was agreed when they are few. The deviation is around the lead time that is used. -#}
{{- config(materialized='keyed', key=['supplier_id', 'date']) -}}
{%- set window = var('lead_time_window_days') -%}
{%- set prior = var('lead_time_prior_orders') -%}
{%- set touched -%}
    select suppliers.supplier_id, days.date
    from {{ ref('dim_supplier') }} as suppliers
    cross join (select distinct date from {{ changes('fct_stock_days') }}) as days
    union all
    -- an order counts from its last line's arrival, so a line that changes moves all of it
    select bought.supplier_id, days.date
    from (
        select supplier_id, received_at from {{ changes('fct_purchase_lines') }}
        union all
        select supplier_id, received_at from {{ ref('fct_purchase_lines') }}
        where purchase_id in (select purchase_id from {{ changes('fct_purchase_lines') }})
    ) as bought
    inner join (select distinct date from {{ ref('fct_stock_days') }}) as days
        on cast(bought.received_at as date) <= days.date
            and cast(bought.received_at as date) > cast(days.date - interval {{ window }} day as date)
    union all
    select suppliers.supplier_id, days.date
    from {{ changes('dim_supplier') }} as suppliers
    cross join (select distinct date from {{ ref('fct_stock_days') }}) as days
{%- endset -%}
{{- reopen(touched) -}}
with stock_days as (
    select distinct date
    from {{ ref('fct_stock_days') }}
),

days as (
    select
        suppliers.supplier_id,
        days.date,
        coalesce(suppliers.lead_time_days, {{ var('lead_time_days') }}) as agreed_days
    from {{ ref('dim_supplier') }} as suppliers
    cross join stock_days as days
    {{ only_reopened(['suppliers.supplier_id', 'days.date'], keys=['supplier_id', 'date']) }}
),

-- One figure for an order: its lines come on one lorry more often than not.
orders as (
    select
        supplier_id,
        purchase_id,
        max(cast(received_at as date)) as received_date,
        avg(lead_days) as lead_days
    from {{ ref('fct_purchase_lines') }}
    where lead_days is not null and open_quantity = 0
    group by supplier_id, purchase_id
),

sums as (
    select
        days.supplier_id,
        days.date,
        days.agreed_days,
        count(orders.purchase_id) as order_count,
        coalesce(sum(orders.lead_days), 0) as lead_sum,
        coalesce(sum(orders.lead_days * orders.lead_days), 0) as square_sum
    from days
    left join orders
        on
            days.supplier_id = orders.supplier_id
            and days.date >= orders.received_date
            and cast(days.date - interval {{ window }} day as date) < orders.received_date
    group by days.supplier_id, days.date, days.agreed_days
),

drawn as (
    select
        *,
        round((lead_sum + {{ prior }} * agreed_days) / nullif(order_count + {{ prior }}, 0), 2) as lead_time_days
    from sums
),

final as (
    select
        supplier_id,
        date,
        agreed_days,
        order_count,
        cast(lead_time_days as decimal(18, 2)) as lead_time_days,
        round(greatest(coalesce(
            (square_sum - 2 * lead_time_days * lead_sum + order_count * lead_time_days * lead_time_days) / nullif(order_count, 0), 0
        ), 0), 4) as lead_time_variance
    from drawn
)

select * from final
