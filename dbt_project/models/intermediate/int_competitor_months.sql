{#- What competitors ask for a product: the last price of each in the month, and their mean, which is what a buyer finds elsewhere. -#}
{{- config(materialized='keyed', key=['product_id', 'month']) -}}
{%- set touched -%}
    select
        product_id,
        cast(date_trunc('month', seen_at) as date) as month
    from {{ changes('stg_market__competitor_prices') }}
{%- endset -%}
{{- reopen(touched) -}}
with seen as (
    select
        product_id,
        cast(date_trunc('month', seen_at) as date) as month,
        price_cny,
        row_number() over (
            partition by product_id, competitor_id, cast(date_trunc('month', seen_at) as date) order by seen_at desc nulls last
        ) = 1 as is_last
    from {{ ref('stg_market__competitor_prices') }}
    {{ only_reopened(['product_id', "cast(date_trunc('month', seen_at) as date)"], ['product_id', 'month']) }}
),

final as (
    select
        product_id,
        month,
        count(*) as competitors,
        cast(round(sum(price_cny) / nullif(count(*), 0), 2) as decimal(18, 2)) as competitor_price_cny
    from seen
    where is_last
    group by product_id, month
)

select * from final
