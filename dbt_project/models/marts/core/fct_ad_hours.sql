{{- config(materialized='keyed', key=['platform', 'account_id', 'stat_date']) -}}
{%- set touched -%}
    select platform, account_id, stat_date from {{ changes('int_ad_cells') }}
    union all
    select platform, account_id, stat_date from {{ ref('int_ad_cells') }}
    where (platform, ad_id) in (select platform, ad_key from {{ changes('int_ads') }})
{%- endset -%}
{{- reopen(touched) -}}
with cells as (
    select * from {{ ref('int_ad_cells') }}
    where maturity = 'now' {{ only_reopened(['platform', 'account_id', 'stat_date'], also='and') }}
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
        cells.platform,
        cells.account_id,
        ads.account_name,
        cells.promotion,
        cells.campaign_id,
        ads.campaign_name,
        cells.ad_id,
        ads.ad_name,
        cells.creative_id,
        cells.stat_at,
        cells.stat_date,
        cells.grain,
        case when cells.grain = 'hour' then cast(hour(cells.stat_at) as bigint) end as stat_hour,
        cells.is_remainder,
        cells.time_line,
        coalesce(channel_of_platform.channel, cells.platform) as channel,
        {% for measure in ad_measures() -%}
        {{ ad_measure(measure, 'cells.' ~ measure) }},
        {% endfor -%}
        cells.fetched_at
    from cells
    left join ads on cells.platform = ads.platform and cells.ad_id = ads.ad_key
    left join channel_of_platform
        on case cells.promotion when 'boost' then 'dou_plus' else cells.platform end = channel_of_platform.ad_platform
)

select * from final
