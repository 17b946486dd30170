{#- Every ad of the reports with its campaign and names as last heard: touches carry only the ad id, and some downloads leave the
    campaign out (null when none ever told). -#}
{{- config(materialized='keyed', key=['platform', 'ad_key']) -}}
{%- set touched -%}
    select platform, ad_id as ad_key from {{ changes('fct_ad_snapshots') }} where level in ('ad', 'creative')
{%- endset -%}
{{- reopen(touched) -}}
with reports as (
    select
        *,
        nullif(campaign_id, 'none') as told_campaign_id
    from {{ ref('fct_ad_snapshots') }}
    where level in ('ad', 'creative') {{ only_reopened(['platform', 'ad_id'], keys=['platform', 'ad_key'], also='and') }}
),

-- Of each column the newest fetch that tells it.
heard as (
    select
        platform,
        ad_id as ad_key,
        account_id,
        promotion,
        {% for column in ['told_campaign_id', 'campaign_name', 'ad_name', 'account_name', 'marketing_goal'] -%}
        first_value({{ column }}) over (
            partition by platform, ad_id
            order by
                case when {{ column }} is null then 1 else 0 end nulls last, fetched_at desc nulls last, stat_at desc,
                campaign_id desc, account_id desc, {{ column }} desc nulls last
        ) as {{ column }},
        {% endfor -%}
        fetched_at,
        stat_at,
        campaign_id
    from reports
),

final as (
    select
        platform,
        ad_key,
        account_id,
        account_name,
        told_campaign_id as campaign_id,
        campaign_name,
        ad_name,
        promotion,
        marketing_goal
    from heard
    qualify row_number() over (
        partition by platform, ad_key
        order by fetched_at desc nulls last, stat_at desc, account_id desc, promotion desc, campaign_id desc
    ) = 1
)

select * from final
