-- For every paid order and every model: shares sum to 1 exactly, money to the order's own, to the cent. Orders that lost a
-- model altogether show as null sums.
with orders as (
    select
        orders.platform,
        orders.order_id,
        models.model,
        orders.gmv_cny,
        orders.refund_to_date_cny
    from {{ ref('int_orders') }} as orders
    cross join {{ ref('int_attribution_model_names') }} as models
    where orders.is_paid
        {{ only_changed(
            [('int_orders', ['platform', 'order_id']), ('attribution_credits', ['platform', 'order_id'])],
            ['orders.platform', 'orders.order_id'], also='and'
        ) }}
),

credits as (
    select
        platform,
        order_id,
        model,
        sum(credit_share) as share,
        sum(credit_gmv_cny) as gmv_cny,
        sum(credit_net_cny) as net_cny
    from {{ ref('attribution_credits') }}
    {{ only_changed(['int_orders', 'attribution_credits'], ['platform', 'order_id']) }}
    group by platform, order_id, model
)

select
    coalesce(orders.order_id, credits.order_id) as order_id,
    coalesce(orders.model, credits.model) as model,
    credits.share,
    credits.gmv_cny,
    orders.gmv_cny as order_gmv_cny
from orders
full outer join credits
    on
        orders.platform = credits.platform
        and orders.order_id = credits.order_id
        and orders.model = credits.model
where
    credits.share is distinct from 1
    or credits.gmv_cny is distinct from orders.gmv_cny
    or credits.net_cny is distinct from orders.gmv_cny - orders.refund_to_date_cny
