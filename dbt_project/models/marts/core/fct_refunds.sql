{{- config(materialized='keyed', key=['platform', 'after_sale_id']) -}}
{%- set touched -%}
    select platform, after_sale_id from {{ changes('int_refunds_settled') }}
    union all
    select platform, after_sale_id from {{ ref('int_refunds_settled') }}
    where (platform, sub_order_id) in (select platform, sub_order_id from {{ changes('int_order_lines_priced') }})
{%- endset -%}
{{- reopen(touched) -}}
with refunds as (
    select * from {{ ref('int_refunds_settled') }}
    {{ only_reopened(['platform', 'after_sale_id']) }}
),

lines as (
    select * from {{ ref('int_order_lines_priced') }}
),

final as (
    select
        refunds.platform,
        refunds.after_sale_id,
        refunds.order_id,
        refunds.sub_order_id,
        coalesce(lines.known_product_id, refunds.product_id, 'unknown') as product_id,
        coalesce(lines.sku_id, refunds.merchant_code, 'unknown') as sku_id,
        refunds.kind,
        refunds.reason,
        refunds.reason_tag,
        refunds.after_sale_status,
        refunds.is_status_known,
        refunds.is_succeeded,
        refunds.applied_at,
        refunds.succeeded_at,
        cast(refunds.succeeded_at as date) as succeeded_date,
        refunds.is_succeeded_at_estimated,
        cast(refunds.requested_cny as decimal(18, 2)) as requested_cny,
        refunds.refund_cny,
        refunds.is_fast_refund,
        lines.sub_order_id is not null as has_order,
        refunds.refund_cny < 0
        or refunds.refund_cny > coalesce(lines.paid_cny, refunds.refund_cny)
        or refunds.succeeded_at < lines.paid_at as is_suspicious,
        refunds.exported_at
    from refunds
    left join lines
        on
            refunds.platform = lines.platform
            and refunds.sub_order_id = lines.sub_order_id
)

select * from final
