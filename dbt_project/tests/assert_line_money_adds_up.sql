-- The money bases of a line, null-safe: a null in any of them is a failure and not a silence.
select
    platform,
    sub_order_id,
    list_cny,
    discount_cny,
    freight_cny,
    adjustment_cny,
    paid_cny,
    gmv_cny,
    net_cny
from {{ ref('fct_order_lines') }}
where
    (
        list_cny - discount_cny + freight_cny + adjustment_cny is distinct from paid_cny
        or gmv_cny - refund_to_date_cny is distinct from net_cny
        or gmv_cny is distinct from
        case when paid_at is null then 0 else paid_cny + platform_discount_cny + creator_discount_cny end
    )
    {{ only_changed(['fct_order_lines'], ['platform', 'order_id'], also='and') }}
