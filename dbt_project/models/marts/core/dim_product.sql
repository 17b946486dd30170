{{- config(materialized='keyed', key=['sku_id']) -}}
{%- set touched -%}
    select sku_id from {{ changes('stg_shop__products') }}
    union all
    select sku_id
    from {{ changes('int_order_lines_priced', of=['platform', 'sub_order_id', 'sku_id', 'known_product_id', 'product_name']) }}
{%- endset -%}
{{- reopen(touched) -}}
with listed as (
    select * from {{ ref('stg_shop__products') }}
    {{ only_reopened(['sku_id']) }}
),

-- Sold but never listed by the shop: kept, so that no sale is without its product.
sold as (
    select
        sku_id,
        max(known_product_id) as product_id,
        max(product_name) as product_name
    from {{ ref('int_order_lines_priced') }}
    {{ only_reopened(['sku_id']) }}
    group by sku_id
),

final as (
    select
        coalesce(listed.sku_id, sold.sku_id) as sku_id,
        coalesce(listed.product_id, sold.product_id, 'unknown') as product_id,
        coalesce(listed.product_name, sold.product_name, 'unknown') as product_name,
        coalesce(listed.category, 'unknown') as category,
        coalesce(listed.category_tier, 'other') as category_tier,
        listed.product_role,
        cast(listed.list_price_cny as decimal(18, 2)) as list_price_cny,
        cast(listed.cost_cny as decimal(18, 2)) as cost_cny,
        listed.supplier_id,
        cast(listed.listed_at as timestamp) as listed_at,
        cast(listed.competitor_price_cny as decimal(18, 2)) as competitor_price_cny,
        listed.is_exclusive,
        listed.sku_id is not null as is_listed
    from listed
    full outer join sold on listed.sku_id = sold.sku_id
)

select * from final
