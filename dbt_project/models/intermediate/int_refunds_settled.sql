{#- After-sales (售后单) with what went back to the buyer and when. 视频号 and 淘宝 tell on the order's article how much went back, and
    no day: it counts on the day of payment, marked as estimated. -#}
{{- config(materialized='keyed', key=['platform', 'after_sale_id']) -}}
{%- set touched -%}
    select platform, after_sale_id from {{ changes('int_after_sales_merged') }}
    union all
    select platform, sub_order_id as after_sale_id from {{ changes('int_weixin_order_lines') }}
    union all
    select platform, sub_order_id as after_sale_id from {{ changes('int_taobao_order_lines') }}
{%- endset -%}
{{- reopen(touched) -}}
with after_sales as (
    select
        *,
        is_succeeded and not is_exchange as is_money_back,
        coalesce(received_at, merchant_refunded_at, finished_at) as refund_seen_at
    from {{ ref('int_after_sales_merged') }}
    {{ only_reopened(['platform', 'after_sale_id']) }}
),

settled as (
    select
        platform,
        after_sale_id,
        order_id,
        -- a case of several sub-orders is of its first one here; int_refund_lines has them all
        coalesce(sub_order_id, nullif(trim({{ first_part('sub_order_ids', ',') }}), '')) as sub_order_id,
        coalesce(product_id, nullif(trim({{ first_part('product_ids', ',') }}), '')) as product_id,
        coalesce(merchant_code, nullif(trim({{ first_part('merchant_codes', ',') }}), '')) as merchant_code,
        coalesce(sub_order_ids, sub_order_id) as sub_order_ids,
        kind,
        is_exchange,
        reason,
        reason_tag,
        after_sale_status,
        is_status_known,
        is_succeeded,
        coalesce(is_fast_refund, false) or refund_method_code is not null as is_fast_refund,
        applied_at,
        agreed_at,
        return_shipped_at,
        closed_at,
        requested_cny,
        -- an exchange gives goods back, not money
        cast(case when is_money_back then requested_cny else 0 end as decimal(18, 2)) as refund_cny,
        -- the API has no time of the refund: its last change stands in
        case when is_money_back then coalesce(refund_seen_at, updated_at, applied_at) end as succeeded_at,
        is_money_back and refund_seen_at is null as is_succeeded_at_estimated,
        exported_at,
        load_id
    from after_sales
),

{% for shop in ['weixin', 'taobao'] -%}
told_by_{{ shop }} as (
    select
        platform,
        sub_order_id as after_sale_id,
        order_id,
        sub_order_id,
        product_id,
        merchant_code,
        sub_order_id as sub_order_ids,
        'unknown' as kind,
        false as is_exchange,
        cast(null as string) as reason,
        cast(null as string) as reason_tag,
        'refunded' as after_sale_status,
        true as is_status_known,
        true as is_succeeded,
        false as is_fast_refund,
        cast(null as timestamp) as applied_at,
        cast(null as timestamp) as agreed_at,
        cast(null as timestamp) as return_shipped_at,
        cast(null as timestamp) as closed_at,
        refunded_cny as requested_cny,
        cast(refunded_cny as decimal(18, 2)) as refund_cny,
        coalesce(paid_at, ordered_at) as succeeded_at,
        true as is_succeeded_at_estimated,
        exported_at,
        load_id
    from {{ ref('int_weixin_order_lines') if shop == 'weixin' else ref('int_taobao_order_lines') }}
    where refunded_cny <> 0 {{ only_reopened(['platform', 'sub_order_id'], keys=['platform', 'after_sale_id'], also='and') }}
),

{% endfor -%}
final as (
    select * from settled
    union all
    select * from told_by_weixin
    union all
    select * from told_by_taobao
)

select * from final
