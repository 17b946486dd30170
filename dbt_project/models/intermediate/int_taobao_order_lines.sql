{#- 淘宝 orders as order lines. The order file tells the money of an order, the 宝贝 file its articles without money: an order whose
    articles are known has a line for each, over which its money is shared by pieces, to the cent; else it is one line itself.
    Articles whose order has not come have no time and no money, and wait. -#}
{{- config(materialized='keyed', key=['order_id']) -}}
{%- set touched -%}
    select order_id from {{ changes('stg_taobao__orders') }}
    union all
    select order_id from {{ changes('stg_taobao__order_items') }}
{%- endset -%}
{{- reopen(touched) -}}
with orders as (
    select * from {{ ref('stg_taobao__orders') }}
    {{ only_reopened(['order_id']) }}
),

items as (
    select * from {{ ref('stg_taobao__order_items') }}
    {{ only_reopened(['order_id']) }}
),

lined as (
    select
        orders.order_id,
        orders.ordered_at,
        orders.paid_at,
        coalesce(items.sub_order_id, orders.order_id) as line_id,
        coalesce(items.product_name, orders.product_name) as product_name,
        case when items.sub_order_id is null then orders.sku_name else items.sku_name end as sku_name,
        coalesce(items.quantity, 1) as quantity,
        coalesce(items.order_status, orders.order_status) as order_status,
        case when items.order_status is null then orders.is_status_known else items.is_status_known end as is_status_known,
        items.after_sale_status_label,
        coalesce(items.exported_at, orders.exported_at) as exported_at,
        coalesce(items.load_id, orders.load_id) as load_id,
        coalesce(items.refunded_cny, orders.refunded_cny) as refunded_cny,
        greatest(coalesce(items.quantity, 1), 1) as weight,
        {{ to_fen('orders.goods_cny') }} as goods_fen,
        {{ to_fen('orders.freight_cny') }} as freight_fen,
        {{ to_fen('orders.payable_cny - orders.goods_cny - orders.freight_cny') }} as rest_fen
    from orders
    left join items on orders.order_id = items.order_id
),

weighed as (
    select
        *,
        sum(weight) over (partition by order_id) as total_weight
    from lined
),

parts as (
    select
        *,
        {{ apportion_parts(['goods', 'freight', 'rest'], 'weight', 'total_weight') }}
    from weighed
),

shared as (
    select
        *,
        {{ to_cny(apportioned('goods', 'order_id', 'line_id')) }} as goods_cny,
        {{ to_cny(apportioned('freight', 'order_id', 'line_id')) }} as freight_cny,
        {{ to_cny(apportioned('rest', 'order_id', 'line_id')) }} as rest_cny
    from parts
),

final as (
    select
        {{ order_line('taobao', 'line_id', {
            'order_id': 'order_id', 'product_name': 'product_name', 'quantity': 'quantity', 'list_cny': 'goods_cny',
            'payable_cny': 'goods_cny + freight_cny + rest_cny', 'freight_cny': 'freight_cny', 'discount_total_cny': '-rest_cny',
            'order_status': 'order_status', 'is_status_known': 'is_status_known', 'ordered_at': 'ordered_at', 'paid_at': 'paid_at',
            'exported_at': 'exported_at', 'load_id': 'load_id', 'shop_id': "'taobao'", 'sku_name': 'sku_name',
            'after_sale_status_label': 'after_sale_status_label'
        }) }},
        refunded_cny
    from shared
)

select * from final
