{#- One row: the first and the last business day that the data know, and the day up to which windows look (as_of, from FUPAN_AS_OF; empty: the last
    day that the data know). It is no dbt var: another value of one costs dbt a full parse of the project. -#}
{{- config(materialized='whole') -}}
with days as (
    select
        min(cast(ordered_at as date)) as first_date,
        max(cast(coalesce(paid_at, ordered_at) as date)) as last_date
    from {{ ref('int_order_lines_merged') }}
    union all
    select
        min(cast(occurred_at as date)) as first_date,
        max(cast(occurred_at as date)) as last_date
    from {{ ref('stg_web__touchpoints') }}
    union all
    select
        min(stat_date) as first_date,
        max(stat_date) as last_date
    from {{ ref('fct_ad_snapshots') }}
    union all
    select
        min(stock_date) as first_date,
        max(stock_date) as last_date
    from {{ ref('stg_erp__stock_levels') }}
),

final as (
    select
        min(first_date) as first_date,
        max(last_date) as last_date,
        coalesce(cast(nullif('{{ env_var("FUPAN_AS_OF", "") }}', '') as date), max(last_date)) as as_of
    from days
)

select * from final
