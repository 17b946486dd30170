{#- Order lines with the money bases, never mixed: list -> less discounts = paid -> plus borne by others = gmv -> less refunds = net. -#}
{{- config(materialized='keyed', key=['platform', 'sub_order_id']) -}}
{%- set touched -%}
    select platform, sub_order_id from {{ changes('int_order_lines_merged') }}
    union all
    select platform, sub_order_id from {{ changes('int_refund_lines') }}
    union all
    select platform, sub_order_id from {{ ref('int_order_lines_merged') }}
    where merchant_code in (select sku_id from {{ changes('stg_shop__products', of=['sku_id', 'product_id']) }})
        or platform_sku_id in (select sku_id from {{ changes('stg_shop__products', of=['sku_id', 'product_id']) }})
    union all
    select platform, sub_order_id from {{ ref('int_order_lines_merged') }}
    where merchant_code is null and platform_sku_id is null
        and sub_order_id in (select sub_order_id from {{ changes('int_stock_outs', of=['erp_system', 'document_id', 'line_number', 'sub_order_id', 'sku_id']) }})
    union all
    select platform, sub_order_id from {{ this }}
    where merchant_code is null and platform_sku_id is null
        and sku_id in (select sku_id from {{ changes('stg_shop__products', of=['sku_id', 'product_id']) }})
{%- endset -%}
{{- reopen(touched) -}}
with lines as (
    select * from {{ ref('int_order_lines_merged') }}
    {{ only_reopened(['platform', 'sub_order_id']) }}
),

products as (
    select * from {{ ref('stg_shop__products') }}
),

refunds as (
    select
        platform,
        sub_order_id,
        sum(refund_cny) as refund_to_date_cny,
        count(*) as after_sale_count
    from {{ ref('int_refund_lines') }}
    {{ only_reopened(['platform', 'sub_order_id']) }}
    group by platform, sub_order_id
),

-- A line of several skus (组合装) is none of them.
shipped as (
    select
        sub_order_id,
        min(sku_id) as sku_id
    from {{ ref('int_stock_outs') }}
    where sub_order_id is not null {{ only_reopened(['sub_order_id'], also='and') }}
    group by sub_order_id
    having count(distinct sku_id) = 1
),

-- The shop's own code wins where the shop knows it; otherwise the platform's sku id; otherwise what there is. Where the platform names
-- neither (淘宝), the warehouse says what it shipped.
identified as (
    select
        lines.*,
        coalesce(
            by_code.sku_id, by_platform_sku.sku_id, lines.merchant_code, lines.platform_sku_id, shipped.sku_id, 'unknown'
        ) as sku_id,
        case
            when lines.platform = 'douyin'
                then coalesce(lines.product_id, by_code.product_id, by_platform_sku.product_id, 'unknown')
            -- another shop numbers the same product in its own way
            else coalesce(by_code.product_id, by_platform_sku.product_id, by_shipped.product_id, lines.product_id, 'unknown')
        end as known_product_id
    from lines
    left join products as by_code on lines.merchant_code = by_code.sku_id
    left join products as by_platform_sku on lines.platform_sku_id = by_platform_sku.sku_id
    left join shipped on case when lines.merchant_code is null and lines.platform_sku_id is null then lines.sub_order_id end = shipped.sub_order_id
    left join products as by_shipped on shipped.sku_id = by_shipped.sku_id
),

-- Borne amounts (实际承担) say who pays a discount; older layouts only say who gives it.
borne as (
    select
        *,
        coalesce(payable_cny, 0) as paid_cny,
        platform_borne_cny is null and creator_borne_cny is null as is_bearer_unknown,
        case
            when coalesce(freight_cny, 0) <> 0
                and list_cny - coalesce(discount_total_cny, 0) + freight_cny = payable_cny then freight_cny
            else 0
        end as freight_in_paid_cny
    from identified
),

final as (
    select
        borne.*,
        coalesce(borne.discount_total_cny, borne.list_cny + borne.freight_in_paid_cny - borne.paid_cny) as discount_cny,
        coalesce(
            case when borne.is_bearer_unknown then borne.platform_discount_cny else borne.platform_borne_cny end, 0
        ) as platform_part_cny,
        coalesce(
            case when borne.is_bearer_unknown then borne.creator_discount_cny else borne.creator_borne_cny end, 0
        ) as creator_part_cny,
        coalesce(borne.shop_borne_cny, borne.shop_discount_cny, 0) as shop_part_cny,
        case
            when borne.paid_at is null then 0
            when borne.is_bearer_unknown
                then borne.paid_cny + coalesce(borne.platform_discount_cny, 0) + coalesce(borne.creator_discount_cny, 0)
            else borne.paid_cny + coalesce(borne.platform_borne_cny, 0) + coalesce(borne.creator_borne_cny, 0)
        end as gmv_cny,
        cast(coalesce(refunds.refund_to_date_cny, 0) as decimal(18, 2)) as refund_to_date_cny,
        coalesce(refunds.after_sale_count, 0) as after_sale_count
    from borne
    left join refunds
        on
            borne.platform = refunds.platform
            and borne.sub_order_id = refunds.sub_order_id
)

select * from final
