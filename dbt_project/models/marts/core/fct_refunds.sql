{{- config(materialized='keyed', key=['platform', 'after_sale_id']) -}}
{%- set touched -%}
    select platform, after_sale_id from {{ changes('int_refunds_settled') }}
    union all
    select platform, after_sale_id from {{ changes('int_refund_lines') }}
    union all
    select platform, after_sale_id from {{ ref('int_refund_lines') }}
    where (platform, sub_order_id) in (select platform, sub_order_id from {{ changes('int_order_lines_priced') }})
{%- endset -%}
{{- reopen(touched) -}}
with refunds as (
    select * from {{ ref('int_refunds_settled') }}
    {{ only_reopened(['platform', 'after_sale_id']) }}
),

-- The lines of the case, mostly one: its first gives product and sku. A line that got back more than was paid for it flags its cases.
by_case as (
    select
        refund_lines.platform,
        refund_lines.after_sale_id,
        max(refund_lines.line_count) as line_count,
        min(lines.sub_order_id) as known_sub_order_id,
        min(lines.known_product_id) as known_product_id,
        min(lines.sku_id) as sku_id,
        sum(lines.paid_cny) as paid_cny,
        min(lines.paid_at) as paid_at,
        max(case when refund_lines.refund_cny > 0 and lines.refund_to_date_cny > lines.paid_cny then 1 else 0 end) as over_paid_flag
    from {{ ref('int_refund_lines') }} as refund_lines
    left join {{ ref('int_order_lines_priced') }} as lines
        on refund_lines.platform = lines.platform and refund_lines.sub_order_id = lines.sub_order_id
    {{ only_reopened(['refund_lines.platform', 'refund_lines.after_sale_id'], keys=['platform', 'after_sale_id']) }}
    group by refund_lines.platform, refund_lines.after_sale_id
),

final as (
    select
        refunds.platform,
        refunds.after_sale_id,
        refunds.order_id,
        coalesce(refunds.sub_order_id, by_case.known_sub_order_id) as sub_order_id,
        cast(coalesce(by_case.line_count, 0) as bigint) as line_count,
        coalesce(by_case.known_product_id, refunds.product_id, 'unknown') as product_id,
        coalesce(by_case.sku_id, refunds.merchant_code, 'unknown') as sku_id,
        refunds.kind,
        refunds.reason,
        refunds.reason_tag,
        refunds.after_sale_status,
        refunds.is_status_known,
        refunds.is_succeeded,
        refunds.applied_at,
        cast(refunds.applied_at as date) as applied_date,
        refunds.agreed_at,
        refunds.return_shipped_at,
        refunds.closed_at,
        refunds.succeeded_at,
        cast(refunds.succeeded_at as date) as succeeded_date,
        refunds.is_succeeded_at_estimated,
        cast(refunds.requested_cny as decimal(18, 2)) as requested_cny,
        refunds.refund_cny,
        refunds.is_fast_refund,
        by_case.known_sub_order_id is not null as has_order,
        coalesce(by_case.over_paid_flag = 1, false) as is_over_paid,
        refunds.refund_cny < 0
        or refunds.refund_cny > coalesce(by_case.paid_cny, refunds.refund_cny)
        or coalesce(refunds.succeeded_at < by_case.paid_at, false)
        or coalesce(by_case.over_paid_flag = 1, false) as is_suspicious,
        refunds.exported_at
    from refunds
    left join by_case on refunds.platform = by_case.platform and refunds.after_sale_id = by_case.after_sale_id
)

select * from final
