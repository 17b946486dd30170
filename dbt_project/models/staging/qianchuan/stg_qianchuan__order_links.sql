{#- Which plans 千川 counts an order for: several may claim the same order. -#}
{{ config(materialized='newest', key=['order_id', 'ad_id']) }}
with source as (
    select * from {{ source('raw', 'qianchuan__order_links') }}
),

newest as (
    select *
    from source
    {{ newest_version(['order_id', 'ad_id']) }}
),

final as (
    select
        'qianchuan' as platform,
        order_id,
        ad_id,
        ad_name,
        advertiser_id as account_id,
        order_amount_cny,
        ordered_at,
        cast(ordered_at as date) as ordered_date,
        coalesce(is_paid, false) as is_paid,
        coalesce(lower(pay_type), 'unknown') as pay_type,
        order_flow_source,
        _exported_at as fetched_at,
        {{ version_columns() }}
    from newest
)

select * from final
