{{- config(materialized='keyed', key=['tracking_no']) -}}
{%- set touched -%}
    select tracking_no from {{ changes('int_parcel_delays') }}
    union all
    select tracking_no from {{ changes('int_late_order_parcels') }}
    union all
    select tracking_no from {{ ref('int_parcel_delays') }}
    where customer_key in (select customer_key from {{ changes('dim_customer') }})
{%- endset -%}
{{- reopen(touched) -}}
with delays as (
    select * from {{ ref('int_parcel_delays') }}
    {{ only_reopened(['tracking_no']) }}
),

by_parcel as (
    select
        tracking_no,
        max(late_rank) as late_rank,
        min(compensated_by) as compensated_by,
        sum(compensated_cny) as compensated_cny
    from {{ ref('int_late_order_parcels') }}
    {{ only_reopened(['tracking_no']) }}
    group by tracking_no
),

judged as (
    select
        delays.*,
        by_parcel.compensated_by,
        by_parcel.compensated_cny,
        coalesce(by_parcel.late_rank > 1, false) as is_covered_by_other_parcel,
        coalesce(customers.tier, 'unknown') as customer_tier
    from delays
    left join by_parcel on delays.tracking_no = by_parcel.tracking_no
    left join {{ ref('dim_customer') }} as customers on delays.customer_key = customers.customer_key
),

-- the highest step that the lateness has reached
coupons as (
    select
        judged.tracking_no,
        steps.coupon_cny
    from judged
    inner join {{ ref('delay_coupons') }} as steps on judged.customer_tier = steps.tier and judged.hours_late >= steps.min_hours_late
    qualify row_number() over (partition by judged.tracking_no order by steps.min_hours_late desc) = 1
),

final as (
    select
        judged.tracking_no,
        judged.carrier_code,
        judged.province,
        judged.order_ids,
        judged.customer_key,
        judged.customer_tier,
        judged.parcel_state,
        judged.is_open,
        judged.reason,
        judged.late_since_at,
        cast(judged.late_since_at as date) as late_date,
        cast(judged.hours_late as decimal(18, 2)) as hours_late,
        judged.compensated_by is not null as already_compensated,
        judged.compensated_by,
        cast(judged.compensated_cny as decimal(18, 2)) as compensated_cny,
        judged.is_covered_by_other_parcel,
        judged.is_refunded,
        case
            when judged.compensated_by is not null or judged.is_covered_by_other_parcel or judged.is_refunded then cast(0 as decimal(18, 2))
            else coalesce(coupons.coupon_cny, cast(0 as decimal(18, 2)))
        end as coupon_cny
    from judged
    left join coupons on judged.tracking_no = coupons.tracking_no
)

select * from final
