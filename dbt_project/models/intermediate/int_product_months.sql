{#- All that is known of a product in a month, in sums: sales, stock, reviews, what competitors ask. One row for every month with a sale. -#}
{{- config(materialized='keyed', key=['product_id', 'month']) -}}
{%- set touched -%}
    select
        product_id,
        cast(date_trunc('month', date) as date) as month
    from (
        select product_id, date from {{ changes('int_product_days') }}
        union all
        select product_id, date from {{ changes('int_product_stock_days') }}
        union all
        select product_id, date from {{ ref('int_product_days') }}
        where product_id in (select product_id from {{ changes('dim_product') }})
    ) as days
    union all
    select
        product_id,
        month
    from {{ changes('fct_reviews') }}
    union all
    select
        product_id,
        month
    from {{ changes('int_competitor_months') }}
{%- endset -%}
{{- reopen(touched) -}}
with sold_days as (
    select
        *,
        cast(date_trunc('month', date) as date) as month
    from {{ ref('int_product_days') }}
    {{ only_reopened(['product_id', "cast(date_trunc('month', date) as date)"], ['product_id', 'month']) }}
),

sold as (
    select
        product_id,
        month,
        cast(sum(orders) as bigint) as orders,
        cast(sum(quantity) as bigint) as quantity,
        cast(sum(gmv_cny) as decimal(18, 2)) as gmv_cny,
        cast(sum(refund_to_date_cny) as decimal(18, 2)) as refund_to_date_cny,
        cast(sum(net_cny) as decimal(18, 2)) as net_cny,
        cast(sum(costed_net_cny) as decimal(18, 2)) as costed_net_cny,
        cast(sum(cost_cny) as decimal(18, 2)) as cost_cny,
        cast(sum(new_customer_lines) as bigint) as new_customer_lines,
        cast(sum(paid_lines) as bigint) as paid_lines
    from sold_days
    group by product_id, month
),

stocked_days as (
    select
        *,
        cast(date_trunc('month', date) as date) as month,
        row_number() over (partition by product_id, cast(date_trunc('month', date) as date) order by date desc nulls last) = 1 as is_last
    from {{ ref('int_product_stock_days') }}
    {{ only_reopened(['product_id', "cast(date_trunc('month', date) as date)"], ['product_id', 'month']) }}
),

stocked as (
    select
        product_id,
        month,
        sum(case when is_last then on_hand end) as closing_on_hand,
        count(*) as stock_days,
        sum(case when sellable > 0 then 1 else 0 end) as days_in_stock
    from stocked_days
    group by product_id, month
),

reviewed as (
    select
        product_id,
        month,
        count(*) as reviews,
        sum(case when is_good then 1 else 0 end) as good_reviews
    from {{ ref('fct_reviews') }}
    {{ only_reopened(['product_id', 'month']) }}
    group by product_id, month
),

competing as (
    select * from {{ ref('int_competitor_months') }}
    {{ only_reopened(['product_id', 'month']) }}
),

products as (
    select
        product_id,
        min(product_name) as product_name,
        min(category) as category,
        min(product_role) as product_role,
        min(competitor_price_cny) as listed_competitor_price_cny
    from {{ ref('dim_product') }}
    group by product_id
),

final as (
    select
        sold.*,
        coalesce(products.product_name, 'unknown') as product_name,
        coalesce(products.category, 'unknown') as category,
        products.product_role,
        stocked.closing_on_hand,
        stocked.stock_days,
        stocked.days_in_stock,
        coalesce(reviewed.reviews, 0) as reviews,
        coalesce(reviewed.good_reviews, 0) as good_reviews,
        coalesce(competing.competitor_price_cny, products.listed_competitor_price_cny) as competitor_price_cny
    from sold
    left join products on sold.product_id = products.product_id
    left join stocked on sold.product_id = stocked.product_id and sold.month = stocked.month
    left join reviewed on sold.product_id = reviewed.product_id and sold.month = reviewed.month
    left join competing on sold.product_id = competing.product_id and sold.month = competing.month
)

select * from final
