{{ config(materialized='newest', key=['event_id']) }}
with source as (
    select * from {{ source('raw', 'web__touchpoints') }}
),

-- A touch that was stitched again to another identity comes under its old event_id: the newest version replaces it.
newest as (
    select *
    from source
    {{ newest_version(['event_id']) }}
),

final as (
    select
        event_id,
        occurred_at,
        event_type,
        identity_type,
        identity_id,
        lower({{ known_id('ad_platform') }}) as ad_platform,
        {{ known_id('ad_id') }} as ad_id,
        {{ known_id('creative_id') }} as creative_id,
        {{ known_id('audience_id') }} as audience_id,
        {{ known_id('live_session_id') }} as live_session_id,
        {{ known_id('product_id') }} as product_id,
        {{ known_id('order_id') }} as order_id,
        lower({{ url_parameter('landing_url', 'utm_source') }}) as utm_source,
        lower({{ url_parameter('landing_url', 'utm_medium') }}) as utm_medium,
        {{ url_parameter('landing_url', 'utm_campaign') }} as utm_campaign,
        {{ url_parameter('landing_url', 'utm_content') }} as utm_content,
        -- a macro that the ad platform never filled in (__CID__, {cid}), in the URL or in an id column
        regexp_extract(
            coalesce(landing_url, '') || ' ' || coalesce(ad_id, '') || ' ' || coalesce(creative_id, '') || ' ' || coalesce(audience_id, ''),
            '(__[A-Za-z0-9_]+__|[{][A-Za-z0-9_]+[}])', 1
        ) as unexpanded_macro,
        landing_url,
        referrer,
        _load_id as load_id,
        {{ version_columns() }}
    from newest
)

select * from final
