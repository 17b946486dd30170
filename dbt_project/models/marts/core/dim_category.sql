{{- config(materialized='whole') -}}
with products as (
    select * from {{ ref('dim_product') }}
),

-- A category stands in the tier of most of its skus.
tiers as (
    select
        category,
        category_tier,
        count(*) as skus
    from products
    group by category, category_tier
    qualify row_number() over (partition by category order by count(*) desc nulls last, category_tier nulls last) = 1
),

counted as (
    select
        category,
        count(*) as skus,
        count(distinct product_id) as products,
        sum(case when is_listed then 1 else 0 end) as listed_skus
    from products
    group by category
),

final as (
    select
        counted.category,
        tiers.category_tier,
        cast(counted.products as bigint) as products,
        cast(counted.skus as bigint) as skus,
        cast(counted.listed_skus as bigint) as listed_skus
    from counted
    inner join tiers on counted.category = tiers.category
)

select * from final
