{#- Every ad of the reports with its campaign as last heard: touches carry only the ad id, and some downloads leave the campaign
    out (null when none ever told). -#}
{{- config(materialized='keyed', key=['platform', 'ad_key']) -}}
{%- set touched -%}
    select platform, ad_key from {{ changes('stg_qianchuan__ad_reports') }}
{%- endset -%}
{{- reopen(touched) -}}
with reports as (
    select * from {{ ref('stg_qianchuan__ad_reports') }}
    {{ only_reopened(['platform', 'ad_key']) }}
),

final as (
    select
        platform,
        ad_key,
        campaign_id,
        campaign_name
    from reports
    qualify row_number() over (
        partition by platform, ad_key
        order by
            case when campaign_id is null then 1 else 0 end nulls last,
            exported_at desc nulls last,
            stat_at desc,
            load_id desc,
            campaign_id desc
    ) = 1
)

select * from final
