{#- The few distinct kinds of touches, each with its channel: the rules are matched here and not per event. -#}
{{- config(materialized='keyed', key=['ad_platform', 'utm_source', 'utm_medium', 'event_type', 'in_live_room', 'has_referrer']) -}}
{%- set touched -%}
    select
        coalesce(ad_platform, '') as ad_platform,
        coalesce(utm_source, '') as utm_source,
        coalesce(utm_medium, '') as utm_medium,
        event_type,
        live_session_id is not null as in_live_room,
        nullif(trim(referrer), '') is not null as has_referrer
    from {{ changes('stg_web__touchpoints') }}
{%- endset -%}
{{- reopen(touched) -}}
with touches as (
    select
        coalesce(ad_platform, '') as ad_platform,
        coalesce(utm_source, '') as utm_source,
        coalesce(utm_medium, '') as utm_medium,
        event_type,
        live_session_id is not null as in_live_room,
        nullif(trim(referrer), '') is not null as has_referrer
    -- a kind that was seen once stays: what it stands for does not change
    from {{ changes('stg_web__touchpoints') if continues() else ref('stg_web__touchpoints') }}
),

kinds as (
    select distinct * from touches
),

rules as (
    select * from {{ ref('channel_rules') }}
    where platform_label is null
),

-- A tagged touch is only matched by a rule that names a tag: "everything else is direct" is for untagged ones.
matched as (
    select
        kinds.*,
        rules.channel as rule_channel,
        rules.priority
    from kinds
    left join rules
        on
            (rules.ad_platform is null or lower(rules.ad_platform) = kinds.ad_platform)
            and (rules.utm_source is null or lower(rules.utm_source) = kinds.utm_source)
            and (rules.utm_medium is null or lower(rules.utm_medium) = kinds.utm_medium)
            and (rules.event_type is null or kinds.event_type = rules.event_type)
            and (rules.in_live_room is null or kinds.in_live_room = rules.in_live_room)
            and (rules.has_referrer is null or kinds.has_referrer = rules.has_referrer)
            and (
                coalesce(rules.ad_platform, rules.utm_source, rules.utm_medium) is not null
                or (kinds.ad_platform = '' and kinds.utm_source = '')
            )
),

final as (
    select
        ad_platform,
        utm_source,
        utm_medium,
        event_type,
        in_live_room,
        has_referrer,
        coalesce(rule_channel, nullif(utm_source, ''), nullif(ad_platform, ''), 'other') as channel,
        rule_channel is not null as is_mapped
    from matched
    qualify row_number() over (
        partition by ad_platform, utm_source, utm_medium, event_type, in_live_room, has_referrer
        order by priority nulls last, rule_channel nulls last
    ) = 1
)

select * from final
