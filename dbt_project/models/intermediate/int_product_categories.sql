{#- The category (类目) of a product: that of its skus, which share one. -#}
{{- config(materialized='keyed', key=['product_id']) -}}
{%- set touched -%}
    select product_id from {{ changes('dim_product') }}
{%- endset -%}
{{- reopen(touched) -}}
with skus as (
    select * from {{ ref('dim_product') }}
    {{ only_reopened(['product_id']) }}
),

final as (
    select
        product_id,
        coalesce(min(case when is_listed then category end), 'unknown') as category
    from skus
    group by product_id
)

select * from final
