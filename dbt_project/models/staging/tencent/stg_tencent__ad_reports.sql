{#- Every row of every fetch. The contract turns fen into yuan. A row is by one level and one time_line: rows of two of them are
    the same money twice, so both stay in the row and one of each is chosen below. -#}
{{ config(materialized='newest', key=['load_id'], version=['_load_id']) }}
with source as (
    select * from {{ source('raw', 'tencent__ad_reports') }}
),

levels as (
    select * from {{ ref('tencent_report_levels') }}
),

final as (
    select
        'tencent' as platform,
        coalesce(source.account_id, 'unknown') as account_id,
        cast(null as string) as account_name,
        'standard' as promotion,
        coalesce(source.time_line, 'unknown') as time_line,
        -- an answer without its request tells its level by its ids; a level that the seed does not know is no part of any sum
        case
            when source.report_level is not null then coalesce(levels.level, 'cut')
            when source.creative_id is not null then 'creative'
            when source.ad_id is not null then 'ad'
            else 'account'
        end as level,
        source.report_level is null or levels.level is not null as is_level_known,
        source.report_level,
        source.campaign_id,
        source.campaign_name,
        source.ad_id as ad_key,
        source.ad_name,
        source.creative_id,
        '' as part_id,
        cast(null as string) as marketing_goal,
        case when source.stat_hour is null then 'day' else 'hour' end as grain,
        cast(source.stat_date as timestamp) + coalesce(source.stat_hour, 0) * interval 1 hour as stat_at,
        source.stat_date,
        source._exported_at as fetched_at,
        {% for measure in ad_measures() -%}
        {{ ad_measure(measure, {
            'spend_cny': 'coalesce(source.spend_cny, 0)', 'impressions': 'source.impressions', 'clicks': 'source.clicks',
            'conversions': 'source.conversions', 'claimed_orders': 'source.paid_orders', 'claimed_gmv_cny': 'source.paid_gmv_cny',
        }.get(measure, 'null')) }},
        {% endfor -%}
        source._load_id as load_id,
        {{ version_columns('source') }}
    from source
    left join levels on source.report_level = levels.report_level
    qualify row_number() over (
        partition by
            source._load_id, source.account_id, source.report_level, source.time_line, source.campaign_id, source.ad_id,
            source.creative_id, source.stat_date, source.stat_hour
        order by source._row_number desc
    ) = 1
)

select * from final
