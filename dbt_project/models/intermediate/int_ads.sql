{#- The campaign of each ad as last heard: touches carry only the ad id, and some downloads leave the campaign out. -#}
with reports as (
    select * from {{ ref('stg_qianchuan__ad_reports') }}
),

final as (
    select
        platform,
        ad_key,
        campaign_id,
        campaign_name
    from reports
    where campaign_id is not null
    qualify row_number() over (
        partition by platform, ad_key
        order by exported_at desc nulls last, stat_at desc, load_id desc, campaign_id desc
    ) = 1
)

select * from final
