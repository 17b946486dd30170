{{ config(materialized='newest', key=['fund_flow_id']) }}
with source as (
    select * from {{ source('raw', 'douyin__fund_flows') }}
),

scenes as (
    select * from {{ ref('fund_flow_scenes') }}
),

newest as (
    select *
    from source
    {{ newest_version(['fund_flow_id']) }}
),

final as (
    select
        'douyin' as platform,
        newest.fund_flow_id,
        newest.moved_at,
        newest.direction,
        newest.scene,
        coalesce(scenes.scene_group, 'other') as scene_group,
        scenes.scene is not null or newest.scene is null as is_scene_known,
        newest.order_id,
        newest.sub_order_id,
        newest.after_sale_id,
        -- 动账方向 says which way it went; whether 出账 is written below zero is not told
        abs(newest.amount_cny) as amount_cny,
        newest._exported_at as exported_at,
        {{ version_columns('newest') }}
    from newest
    left join scenes on newest.scene = scenes.scene
)

select * from final
