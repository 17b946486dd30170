{#- Visits whose tag says nothing, says it wrongly or names what no report knows: a row for each visit and problem. -#}
{{- config(materialized='keyed', key=['event_id']) -}}
{%- set touch_columns = ['event_id', 'event_date', 'is_mapped', 'ad_id', 'ad_platform', 'utm_source', 'utm_campaign'] -%}
{%- set ad_columns = ['campaign_id', 'campaign_name', 'ad_key', 'ad_name'] -%}
{%- set touched -%}
    select event_id from {{ changes('stg_web__touchpoints', of=['event_id', 'unexpanded_macro', 'landing_url']) }}
    union all
    select event_id from {{ changes('fct_touchpoints', of=touch_columns) }}
    union all
    -- an ad or campaign that the reports now know
    select event_id from {{ ref('fct_touchpoints') }}
    where ad_id in (select ad_key from {{ changes('int_ads', of=ad_columns) }})
        {% for column in ad_columns %}or utm_campaign in (select {{ column }} from {{ changes('int_ads', of=ad_columns) }}) {% endfor %}
{%- endset -%}
{{- reopen(touched) -}}
with visits as (
    select
        touches.event_id,
        touches.event_date,
        touches.is_mapped,
        touches.ad_id,
        touches.utm_source,
        touches.utm_campaign,
        labels.platform as ad_platform,
        raw_touches.unexpanded_macro,
        regexp_extract(raw_touches.landing_url, '(?i)[?&#](utm_[a-z]+=[^&#]*%[^&#]*)', 1) as encoded_tag,
        regexp_extract(raw_touches.landing_url, '(?i)[?&#](utm_[a-z]+=[^&#]*\x{FFFD}[^&#]*)', 1) as garbled_tag,
        {% for name in ['source', 'medium', 'campaign'] -%}
        regexp_extract(raw_touches.landing_url, '(?i)[?&#](utm_{{ name }}=[^&#]*&(?:[^#]*&)?utm_{{ name }}=[^&#]*)', 1) as doubled_{{ name }}{{ ',' if not loop.last }}
        {% endfor %}
    from {{ picked('fct_touchpoints', touch_columns, ['event_id']) }} as touches
    inner join {{ picked('stg_web__touchpoints', ['event_id', 'unexpanded_macro', 'landing_url'], ['event_id']) }} as raw_touches
        on touches.event_id = raw_touches.event_id
    left join {{ ref('ad_platform_labels') }} as labels on coalesce(touches.ad_platform, touches.utm_source) = lower(labels.label)
),

known_ads as (
    select distinct ad_key from {{ ref('int_ads') }}
),

-- A campaign may be tagged by its id or its name, or by those of its ad.
known_campaigns as (
    {% for column in ad_columns -%}
    select {{ column }} as tag
    from {{ ref('int_ads') }}
    where {{ column }} is not null
    {{ 'union distinct' if not loop.last }}
    {% endfor %}
),

looked_up as (
    select
        visits.*,
        known_ads.ad_key is not null as is_ad_known,
        known_campaigns.tag is not null as is_campaign_known
    from visits
    left join known_ads on visits.ad_id = known_ads.ad_key
    left join known_campaigns on visits.utm_campaign = known_campaigns.tag
),

final as (
    select
        event_id,
        event_date,
        'unexpanded_macro' as problem,
        unexpanded_macro as example
    from looked_up
    where unexpanded_macro <> ''
    union all
    select
        event_id,
        event_date,
        'broken_encoding' as problem,
        coalesce(nullif(garbled_tag, ''), encoded_tag) as example
    from looked_up
    where garbled_tag <> '' or (encoded_tag <> '' and {{ percent_decode('encoded_tag') }} = encoded_tag)
    union all
    select
        event_id,
        event_date,
        'doubled_parameter' as problem,
        coalesce(nullif(doubled_source, ''), nullif(doubled_medium, ''), doubled_campaign) as example
    from looked_up
    where doubled_source <> '' or doubled_medium <> '' or doubled_campaign <> ''
    union all
    select
        event_id,
        event_date,
        'unmapped_source' as problem,
        utm_source as example
    from looked_up
    where not is_mapped and utm_source is not null
    union all
    select
        event_id,
        event_date,
        'unknown_ad' as problem,
        ad_id as example
    from looked_up
    where ad_id is not null and not is_ad_known
    union all
    select
        event_id,
        event_date,
        'unknown_campaign' as problem,
        utm_campaign as example
    from looked_up
    where ad_platform is not null and utm_campaign is not null and not is_campaign_known and not is_ad_known
    union all
    select
        event_id,
        event_date,
        'missing_campaign' as problem,
        utm_source as example
    from looked_up
    where utm_source is not null and utm_campaign is null and ad_id is null
)

select * from final
