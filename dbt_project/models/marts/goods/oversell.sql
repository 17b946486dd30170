{#- What was sold beyond the stock, and what to do about it. -#}
{{- config(materialized='whole') -}}
with lines as (
    select
        oversold.*,
        bound.order_id,
        bound.paid_at,
        bound.promised_ship_at,
        bound.shipped_at,
        bound.cancelled_at,
        span.as_of
    from {{ ref('int_oversold_lines') }} as oversold
    inner join {{ ref('int_stock_lines') }} as bound
        on oversold.platform = bound.platform and oversold.sub_order_id = bound.sub_order_id
    cross join {{ ref('int_data_span') }} as span
),

stock as (
    select * from {{ ref('int_stock_latest') }}
),

elsewhere as (
    select
        lines.platform,
        lines.sub_order_id,
        max(stock.sellable) as sellable_elsewhere
    from lines
    inner join stock on lines.sku_id = stock.sku_id and lines.warehouse_id <> stock.warehouse_id
    group by lines.platform, lines.sub_order_id
),

coming as (
    select
        sku_id,
        warehouse_id,
        min(expected_at) as next_inbound_at
    from {{ ref('fct_purchase_lines') }}
    where open_quantity > 0
    group by sku_id, warehouse_id
),

judged as (
    select
        lines.*,
        lines.shipped_at is null and lines.cancelled_at is null as is_open,
        coalesce(customers.tier, 'unknown') as customer_tier,
        coalesce(elsewhere.sellable_elsewhere, 0) as sellable_elsewhere,
        coming.next_inbound_at
    from lines
    left join {{ ref('int_order_customers') }} as known on lines.platform = known.platform and lines.order_id = known.order_id
    left join {{ ref('dim_customer') }} as customers on known.customer_key = customers.customer_key
    left join elsewhere on lines.platform = elsewhere.platform and lines.sub_order_id = elsewhere.sub_order_id
    left join coming on lines.sku_id = coming.sku_id and lines.warehouse_id = coming.warehouse_id
),

final as (
    select
        platform,
        sub_order_id,
        order_id,
        sku_id,
        warehouse_id,
        date as paid_date,
        paid_at,
        sold_qty,
        sellable_qty,
        oversold_qty,
        is_open,
        shipped_at,
        cancelled_at,
        cast({{ dbt.datediff('date', 'coalesce(cast(shipped_at as date), cast(cancelled_at as date), as_of)', 'day') }} as bigint) as age_days,
        promised_ship_at,
        customer_tier,
        cast(sellable_elsewhere as decimal(18, 4)) as sellable_elsewhere_qty,
        next_inbound_at,
        case
            when not is_open then 'none'
            when sellable_elsewhere >= sold_qty then 'ship_from_elsewhere'
            when next_inbound_at <= coalesce(promised_ship_at, paid_at + interval {{ var('oversell_wait_days') }} day) then 'wait_for_inbound'
            when customer_tier = 'high_value' then 'call_and_compensate'
            else 'offer_refund'
        end as proposed_action
    from judged
)

select * from final
