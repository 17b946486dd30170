{#- What a parcel has from each of its orders: when the shop promised to ship, when it shipped, who bought, and the parcel's even share
    of the order's paid money, to the cent: an order in two parcels is paid once. -#}
{{- config(materialized='keyed', key=['platform', 'order_id']) -}}
{%- set line_columns = [
    'platform', 'order_id', 'sub_order_id', 'paid_at', 'order_status', 'promised_ship_at', 'shipped_at', 'province', 'paid_cny',
    'refund_to_date_cny',
] -%}
{%- set touched -%}
    select platform, order_id from {{ changes('int_parcel_orders') }}
    union all
    select platform, order_id from {{ changes('int_order_lines_priced', of=line_columns) }}
    union all
    select platform, order_id from {{ changes('int_orders', of=['platform', 'order_id', 'customer_key']) }}
{%- endset -%}
{{- reopen(touched) -}}
with links as (
    select * from {{ ref('int_parcel_orders') }}
    {{ only_reopened(['platform', 'order_id']) }}
),

lines as (
    select * from {{ ref('int_order_lines_priced') }}
    where paid_at is not null {{ only_reopened(['platform', 'order_id'], also='and') }}
),

orders as (
    select * from {{ ref('int_orders') }}
    {{ only_reopened(['platform', 'order_id']) }}
),

-- The promise is that of the lines which are still to be shipped or were; of all lines when every one was closed.
shipped as (
    select
        platform,
        order_id,
        min(paid_at) as paid_at,
        coalesce(min(case when order_status <> 'closed' then promised_ship_at end), min(promised_ship_at)) as promised_ship_at,
        min(shipped_at) as first_shipped_at,
        max(shipped_at) as last_shipped_at,
        min(province) as province,
        {{ to_fen('sum(paid_cny)') }} as paid_fen,
        sum(refund_to_date_cny) >= sum(paid_cny) as is_refunded
    from lines
    group by platform, order_id
),

final as (
    select
        links.platform,
        links.order_id,
        links.tracking_no,
        links.parcel_count,
        orders.customer_key,
        shipped.order_id is not null as has_order,
        shipped.paid_at,
        shipped.promised_ship_at is not null as is_promise_given,
        coalesce(shipped.promised_ship_at, {{ hours_after('shipped.paid_at', var('promise_ship_hours')) }}) as promised_at,
        shipped.first_shipped_at,
        shipped.last_shipped_at,
        shipped.province,
        coalesce(shipped.is_refunded, false) as is_refunded,
        {{ apportion_floor('shipped.paid_fen', '1', 'links.parcel_count') }}
        + case when links.parcel_rank <= shipped.paid_fen % links.parcel_count then 1 else 0 end as paid_fen
    from links
    left join shipped on links.platform = shipped.platform and links.order_id = shipped.order_id
    left join orders on links.platform = orders.platform and links.order_id = orders.order_id
)

select * from final
