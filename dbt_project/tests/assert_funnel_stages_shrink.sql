-- Where a stage is a part of the one before, it is not larger; and every order of the calendar stands in the funnel once.
with violations as (
    select
        date,
        channel
    from {{ ref('funnel_daily') }}
    where
        orders_paid > orders_created
        or orders_completed > orders_paid
        or buyers_paid > orders_paid
        or buyers_repurchased_30d > buyers_paid
),

counted as (
    select coalesce(sum(orders_created), 0) as orders_created
    from {{ ref('funnel_daily') }}
),

placed as (
    select count(*) as orders_created
    from {{ ref('int_orders') }} as orders
    inner join {{ ref('dim_date') }} as days on orders.ordered_date = days.date
)

select
    date,
    channel
from violations
union all
select
    cast(null as date) as date,
    'orders lost or doubled' as channel
from counted
cross join placed
where counted.orders_created <> placed.orders_created
