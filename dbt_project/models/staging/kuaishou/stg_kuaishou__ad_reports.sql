{#- Every row of every fetch. Only the account's total is public: no plan of 磁力 is known, so all of it is `unallocated` below. -#}
{{ config(materialized='newest', key=['load_id'], version=['_load_id']) }}
with source as (
    select * from {{ source('raw', 'kuaishou__ad_reports') }}
),

final as (
    select
        'kuaishou' as platform,
        coalesce(advertiser_id, 'unknown') as account_id,
        cast(null as string) as account_name,
        'standard' as promotion,
        'none' as time_line,
        'account' as level,
        cast(null as string) as campaign_id,
        cast(null as string) as campaign_name,
        cast(null as string) as ad_key,
        cast(null as string) as ad_name,
        cast(null as string) as creative_id,
        '' as part_id,
        cast(null as string) as marketing_goal,
        case when stat_hour is null then 'day' else 'hour' end as grain,
        cast(stat_date as timestamp) + coalesce(stat_hour, 0) * interval 1 hour as stat_at,
        stat_date,
        _exported_at as fetched_at,
        {% for measure in ad_measures() -%}
        {{ ad_measure(measure, {
            'spend_cny': 'coalesce(spend_cny, 0)', 'impressions': 'impressions', 'clicks': 'clicks', 'conversions': 'conversions',
            'product_clicks': 'product_clicks', 'claimed_orders': 'paid_orders', 'claimed_gmv_cny': 'paid_gmv_cny',
        }.get(measure, 'null')) }},
        {% endfor -%}
        _load_id as load_id,
        {{ version_columns() }}
    from source
    qualify row_number() over (
        partition by _load_id, advertiser_id, stat_date, stat_hour
        order by _row_number desc
    ) = 1
)

select * from final
