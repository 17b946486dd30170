{#- Articles of 视频号 orders as order lines. The order's own amounts stand on every article: what the order was paid beyond its
    articles (freight, less what was taken off the order) is shared over them by what they cost, to the cent. -#}
{{- config(materialized='keyed', key=['order_id']) -}}
{%- set touched -%}
    select order_id from {{ changes('stg_weixin__order_items') }}
{%- endset -%}
{{- reopen(touched) -}}
with items as (
    select * from {{ ref('stg_weixin__order_items') }}
    {{ only_reopened(['order_id']) }}
),

-- The newest article says what the order was paid.
weighed as (
    select
        *,
        first_value(order_paid_cny) over newest_first as whole_paid_cny,
        first_value(order_freight_cny) over newest_first as whole_freight_cny,
        sum(goods_paid_cny) over (partition by order_id) as all_goods_cny,
        {{ to_fen('goods_paid_cny') }} + 1 as weight,
        {{ to_fen('sum(goods_paid_cny) over (partition by order_id)') }} + count(*) over (partition by order_id) as total_weight
    from items
    window newest_first as (
        partition by order_id
        order by exported_at desc nulls last, _tiebreak_at desc nulls last, load_id desc nulls last, sub_order_id
    )
),

amounts as (
    select
        *,
        {{ to_fen('whole_freight_cny') }} as freight_fen,
        {{ to_fen('whole_paid_cny - all_goods_cny - whole_freight_cny') }} as rest_fen
    from weighed
),

parts as (
    select
        *,
        {{ apportion_parts(['freight', 'rest'], 'weight', 'total_weight') }}
    from amounts
),

shared as (
    select
        *,
        {{ to_cny(apportioned('freight', 'order_id', 'sub_order_id')) }} as line_freight_cny,
        {{ to_cny(apportioned('rest', 'order_id', 'sub_order_id')) }} as line_rest_cny
    from parts
),

final as (
    select
        {{ order_line('weixin', 'sub_order_id', {
            'order_id': 'order_id', 'product_id': 'product_id', 'product_name': 'product_name', 'merchant_code': 'merchant_code',
            'quantity': 'quantity', 'list_cny': 'list_cny', 'payable_cny': 'goods_paid_cny + line_freight_cny + line_rest_cny',
            'freight_cny': 'line_freight_cny', 'discount_total_cny': 'list_cny - goods_paid_cny - line_rest_cny',
            'platform_discount_cny': 'platform_coupon_cny',
            'shop_discount_cny': 'list_cny - goods_paid_cny - line_rest_cny - coalesce(platform_coupon_cny, 0)',
            'order_status': 'order_status', 'is_status_known': 'is_status_known', 'ordered_at': 'ordered_at', 'paid_at': 'paid_at',
            'shipped_at': 'shipped_at', 'completed_at': 'received_at', 'province': 'province', 'city': 'city',
            'creator_name': 'creator_name', 'exported_at': 'exported_at', 'load_id': 'load_id', 'shop_id': "'weixin'",
            'tracking_numbers': 'tracking_no', 'sku_name': 'sku_name', 'after_sale_status_label': 'after_sale_status_label',
            'traffic_source': 'promotion_mode'
        }) }},
        refunded_cny
    from shared
)

select * from final
