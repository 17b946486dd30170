{{- config(materialized='keyed', key=['platform', 'account_id', 'ad_id', 'stat_date']) -}}
{%- set touched -%}
    select platform, account_id, ad_key as ad_id, stat_date from {{ changes('stg_qianchuan__ad_reports') }}
    union all
    select platform, account_id, ad_key as ad_id, stat_date from {{ ref('stg_qianchuan__ad_reports') }}
    where (platform, ad_key) in (select platform, ad_key from {{ changes('int_ads') }})
{%- endset -%}
{{- reopen(touched) -}}
{%- set measures = [
    'spend_cny', 'impressions', 'clicks', 'conversions', 'room_enters', 'product_clicks', 'claimed_orders', 'claimed_gmv_cny',
    'claimed_created_orders', 'claimed_created_gmv_cny', 'coupon_cny', 'settled_gmv_7d_cny', 'settled_gmv_14d_cny',
    'refund_7d_cny', 'refund_14d_cny'
] -%}
with reports as (
    select * from {{ ref('stg_qianchuan__ad_reports') }}
    {{ only_reopened(['platform', 'account_id', 'ad_key', 'stat_date'], keys=['platform', 'account_id', 'ad_id', 'stat_date']) }}
),

-- One row for each creative, and one for what no creative carries.
summed as (
    select
        platform,
        account_id,
        ad_key,
        coalesce(creative_id, 'unallocated') as creative_id,
        stat_at,
        max(report_grain) as report_grain,
        max(ad_name) as ad_name,
        max(account_name) as account_name,
        max(exported_at) as exported_at,
        {% for measure in measures -%}
        sum({{ measure }}) as {{ measure }}{{ ',' if not loop.last }}
        {% endfor %}
    from reports
    group by platform, account_id, ad_key, coalesce(creative_id, 'unallocated'), stat_at
),

-- A report that has the ad's own row beside those of its creatives counts them twice: the ad's row keeps the difference.
creative_sums as (
    select
        platform,
        account_id,
        ad_key,
        stat_at,
        {% for measure in measures -%}
        sum({{ measure }}) as {{ measure }}{{ ',' if not loop.last }}
        {% endfor %}
    from summed
    where creative_id <> 'unallocated'
    group by platform, account_id, ad_key, stat_at
),

ads as (
    select * from {{ ref('int_ads') }}
),

channel_of_platform as (
    select
        lower(ad_platform) as ad_platform,
        channel
    from {{ ref('channel_rules') }}
    where ad_platform is not null and coalesce(utm_source, utm_medium, event_type) is null
    qualify row_number() over (partition by lower(ad_platform) order by priority) = 1
),

final as (
    select
        summed.platform,
        summed.account_id,
        summed.account_name,
        coalesce(ads.campaign_id, 'none') as campaign_id,
        ads.campaign_name,
        summed.ad_key as ad_id,
        summed.ad_name,
        summed.creative_id,
        summed.stat_at,
        cast(summed.stat_at as date) as stat_date,
        summed.report_grain as grain,
        coalesce(channel_of_platform.channel, summed.platform) as channel,
        {% for measure in measures -%}
        cast(
            summed.{{ measure }} - coalesce(creative_sums.{{ measure }}, 0) as {{ 'decimal(18, 2)' if measure.endswith('_cny') else 'bigint' }}
        ) as {{ measure }},
        {% endfor -%}
        summed.exported_at
    from summed
    left join creative_sums
        on
            summed.creative_id = 'unallocated'
            and summed.platform = creative_sums.platform
            and summed.account_id = creative_sums.account_id
            and summed.ad_key = creative_sums.ad_key
            and summed.stat_at = creative_sums.stat_at
    left join ads on summed.platform = ads.platform and summed.ad_key = ads.ad_key
    left join channel_of_platform on summed.platform = channel_of_platform.ad_platform
)

select * from final
