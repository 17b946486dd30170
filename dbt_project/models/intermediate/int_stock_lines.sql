{#- Paid order lines as they bind stock: from payment (付款减库存) until they are shipped, or cancelled before. Lines whose warehouse
    nobody tells (neither ERP nor shop platform) bind none that we could name. -#}
{{- config(materialized='keyed', key=['platform', 'sub_order_id']) -}}
{%- set line_columns = [
    'platform', 'sub_order_id', 'order_id', 'sku_id', 'warehouse_id', 'quantity', 'paid_at', 'promised_ship_at', 'shipped_at', 'order_status',
] -%}
{%- set touched -%}
    select platform, sub_order_id from {{ changes('int_order_lines_priced', of=line_columns) }}
    union all
    select platform, sub_order_id from {{ ref('int_order_lines_priced') }}
    where sub_order_id in (select sub_order_id from {{ changes('int_stock_outs') }})
    union all
    select platform, sub_order_id from {{ changes('int_refund_lines') }}
    union all
    select platform, sub_order_id from {{ ref('int_refund_lines') }}
    where (platform, after_sale_id) in (select platform, after_sale_id from {{ changes('int_refunds_settled') }})
{%- endset -%}
{{- reopen(touched) -}}
with lines as (
    select * from {{ ref('int_order_lines_priced') }}
    where paid_at is not null and quantity > 0 {{ only_reopened(['platform', 'sub_order_id'], also='and') }}
),

outs as (
    select
        sub_order_id,
        min(warehouse_id) as warehouse_id,
        max(shipped_at) as shipped_at
    from {{ ref('int_stock_outs') }}
    where sub_order_id is not null and not is_cancelled {{ only_reopened(['sub_order_id'], also='and') }}
    group by sub_order_id
),

cancels as (
    select
        lines.platform,
        lines.sub_order_id,
        min(cases.succeeded_at) as cancelled_at
    from {{ ref('int_refund_lines') }} as lines
    inner join {{ ref('int_refunds_settled') }} as cases on lines.platform = cases.platform and lines.after_sale_id = cases.after_sale_id
    where cases.kind = 'refund_before_shipping' and cases.succeeded_at is not null
        {{ only_reopened(['lines.platform', 'lines.sub_order_id'], keys=['platform', 'sub_order_id'], also='and') }}
    group by lines.platform, lines.sub_order_id
),

joined as (
    select
        lines.platform,
        lines.sub_order_id,
        lines.order_id,
        lines.sku_id,
        coalesce(outs.warehouse_id, lines.warehouse_id) as warehouse_id,
        lines.quantity,
        lines.paid_at,
        lines.promised_ship_at,
        coalesce(outs.shipped_at, lines.shipped_at) as shipped_at,
        case when coalesce(outs.shipped_at, lines.shipped_at) is null then cancels.cancelled_at end as cancelled_at,
        lines.order_status
    from lines
    left join outs on lines.sub_order_id = outs.sub_order_id
    left join cancels on lines.platform = cancels.platform and lines.sub_order_id = cancels.sub_order_id
),

final as (
    select
        platform,
        sub_order_id,
        order_id,
        sku_id,
        warehouse_id,
        cast(quantity as bigint) as quantity,
        paid_at,
        cast(paid_at as date) as paid_date,
        promised_ship_at,
        shipped_at,
        cancelled_at,
        coalesce(shipped_at, cancelled_at) as released_at
    from joined
    -- closed, and nobody says when: it bound stock for a time that is not known
    where warehouse_id is not null and not (order_status = 'closed' and shipped_at is null and cancelled_at is null)
)

select * from final
