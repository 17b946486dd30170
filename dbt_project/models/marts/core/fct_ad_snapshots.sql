{#- Every fetch of every ad report, in one shape: what was known when. Nothing is taken back here; fct_ad_hours chooses. -#}
{{- config(materialized='keyed', key=['platform', 'account_id', 'stat_date', 'fetched_at']) -}}
{%- set reports_of = ['stg_qianchuan__ad_reports', 'stg_tencent__ad_reports', 'stg_kuaishou__ad_reports'] -%}
{%- set key = ['platform', 'account_id', 'stat_date', 'fetched_at'] -%}
{%- set touched -%}
    {%- for model in reports_of %}
    select {{ key | join(', ') }} from {{ changes(model) }}{{ ' union all' if not loop.last }}
    {%- endfor %}
{%- endset -%}
{{- reopen(touched) -}}
with reports as (
    {% for model in reports_of -%}
    select
        {{ (ad_report_columns() + ad_measures()) | join(', ') }}
    from {{ ref(model) }}
    {{ only_reopened(key) }}
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

-- Two files of one moment that tell the same figure (a download made twice): one of them stands. Other cuts of the same money
-- (by bid word, by material ...) are no part of it.
chosen as (
    select
        *,
        case level when 'account' then 'account' when 'campaign' then campaign_id else ad_key end as unit_id
    from reports
    where level <> 'cut'
    qualify row_number() over (
        partition by
            platform, account_id, promotion, time_line, level, case level when 'campaign' then campaign_id else ad_key end,
            creative_id, part_id, grain, stat_at, fetched_at
        order by _tiebreak_at desc nulls last, load_id desc, _row_number desc
    ) = 1
),

summed as (
    select
        platform,
        account_id,
        promotion,
        time_line,
        level,
        unit_id,
        case level when 'account' then 'unallocated' else coalesce(campaign_id, 'none') end as campaign_id,
        case when level in ('account', 'campaign') then 'unallocated' else ad_key end as ad_id,
        coalesce(creative_id, 'unallocated') as creative_id,
        grain,
        stat_at,
        stat_date,
        fetched_at,
        max(account_name) as account_name,
        max(campaign_name) as campaign_name,
        max(ad_name) as ad_name,
        max(marketing_goal) as marketing_goal,
        {{ sum_ad_measures() }}
    from chosen
    group by
        platform, account_id, promotion, time_line, level, unit_id,
        case level when 'account' then 'unallocated' else coalesce(campaign_id, 'none') end,
        case when level in ('account', 'campaign') then 'unallocated' else ad_key end,
        coalesce(creative_id, 'unallocated'), grain, stat_at, stat_date, fetched_at
),

final as (
    select
        platform,
        account_id,
        account_name,
        promotion,
        time_line,
        level,
        unit_id,
        campaign_id,
        campaign_name,
        ad_id,
        ad_name,
        creative_id,
        marketing_goal,
        grain,
        stat_at,
        stat_date,
        fetched_at,
        cast({{ dbt.datediff('stat_date', 'cast(fetched_at as date)', 'day') }} as bigint) as age_days,
        {% for measure in ad_measures() -%}
        {{ ad_measure(measure) }}{{ ',' if not loop.last }}
        {% endfor %}
    from summed
)

select * from final
