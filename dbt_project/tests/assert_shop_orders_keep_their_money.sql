{#- What an order of another shop was paid in its export = what its lines were paid: the order's money is on every article of a
    视频号 order and on no article of a 淘宝 order, and counts once. -#}
with told as (
    select
        'weixin' as platform,
        order_id,
        order_paid_cny as paid_cny
    from {{ ref('stg_weixin__order_items') }}
    {{ only_changed(['stg_weixin__order_items'], ['order_id']) }}
    qualify row_number() over (
        partition by order_id
        order by exported_at desc nulls last, _tiebreak_at desc nulls last, load_id desc nulls last, sub_order_id
    ) = 1
    union all
    select
        'taobao' as platform,
        order_id,
        payable_cny as paid_cny
    from {{ ref('stg_taobao__orders') }}
    {{ only_changed(['stg_taobao__orders', 'stg_taobao__order_items'], ['order_id']) }}
    union all
    select
        'kuaishou' as platform,
        order_id,
        payable_cny as paid_cny
    from {{ ref('stg_kuaishou__order_lines') }}
    {{ only_changed(['stg_kuaishou__order_lines'], ['order_id']) }}
),

counted as (
    select
        platform,
        order_id,
        sum(paid_cny) as paid_cny
    from {{ ref('fct_order_lines') }}
    where platform in ('weixin', 'taobao', 'kuaishou')
    group by platform, order_id
)

select
    told.platform,
    told.order_id,
    told.paid_cny as told_cny,
    counted.paid_cny as counted_cny
from told
left join counted on told.platform = counted.platform and told.order_id = counted.order_id
where told.paid_cny is distinct from counted.paid_cny
