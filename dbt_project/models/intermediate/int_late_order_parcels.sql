{#- The late parcels of each order, in the order in which they became late, which does not change as time passes: only the first one
    carries a coupon. Beside it what the order's buyer has had already. -#}
{{- config(materialized='keyed', key=['platform', 'order_id']) -}}
{%- set touched -%}
    select platform, order_id from {{ changes('int_parcel_orders') }}
    union all
    select platform, order_id from {{ ref('int_parcel_orders') }}
    where tracking_no in (select tracking_no from {{ changes('int_parcel_delays') }})
        or order_id in (select order_id from {{ changes('int_order_compensations') }})
{%- endset -%}
{{- reopen(touched) -}}
with links as (
    select * from {{ ref('int_parcel_orders') }}
    {{ only_reopened(['platform', 'order_id']) }}
),

delays as (
    select * from {{ ref('int_parcel_delays') }}
),

compensations as (
    select * from {{ ref('int_order_compensations') }}
    {{ only_reopened(['order_id']) }}
),

final as (
    select
        links.platform,
        links.order_id,
        links.tracking_no,
        row_number() over (
            partition by links.platform, links.order_id order by delays.late_since_at nulls last, links.tracking_no nulls last
        ) as late_rank,
        compensations.compensated_by,
        compensations.compensated_cny
    from links
    inner join delays on links.tracking_no = delays.tracking_no
    left join compensations on links.order_id = compensations.order_id
)

select * from final
