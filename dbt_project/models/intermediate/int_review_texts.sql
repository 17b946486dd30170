{#- The distinct texts of bad reviews: what enrich/ sorts into causes, each text once. -#}
{{- config(materialized='keyed', key=['text_key']) -}}
{%- set touched -%}
    select text_key from {{ changes('stg_shop__reviews') }}
{%- endset -%}
{{- reopen(touched) -}}
with reviews as (
    select * from {{ ref('stg_shop__reviews') }}
    {{ only_reopened(['text_key']) }}
),

final as (
    select
        text_key,
        max(content) as content
    from reviews
    where is_bad
    group by text_key
)

select * from final
