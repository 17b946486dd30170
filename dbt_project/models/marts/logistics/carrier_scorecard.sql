{{- config(materialized='keyed', key=['carrier_code', 'province', 'week_start_date']) -}}
{%- set touched -%}
    select carrier_code, province, week_start_date from {{ changes('parcel_sla') }} where week_start_date is not null
{%- endset -%}
{{- reopen(touched) -}}
with parcels as (
    select * from {{ ref('parcel_sla') }}
    where week_start_date is not null {{ only_reopened(['carrier_code', 'province', 'week_start_date'], also='and') }}
),

-- A parcel is judged on time once it is delivered or overdue; what is on the way within its time is neither.
counted as (
    select
        carrier_code,
        province,
        week_start_date,
        count(*) as parcels,
        count(delivered_at) as delivered,
        sum(case when is_open then 1 else 0 end) as on_the_way,
        {{ percentile('delivery_hours', 0.5) }} as p50_hours,
        {{ percentile('delivery_hours', 0.9) }} as p90_hours,
        {{ percentile('pickup_hours', 0.5) }} as p50_pickup_hours,
        sum(case when is_delivery_late or delivered_at is not null then 1 else 0 end) as judged,
        sum(case when delivered_at is not null and not is_delivery_late then 1 else 0 end) as on_time,
        sum(case when is_stalled then 1 else 0 end) as stalled,
        sum(case when is_lost then 1 else 0 end) as lost,
        sum(case when is_returned then 1 else 0 end) as returned,
        sum(case when has_exception then 1 else 0 end) as with_exception
    from parcels
    group by carrier_code, province, week_start_date
),

final as (
    select
        carrier_code,
        province,
        week_start_date,
        cast(parcels as bigint) as parcels,
        cast(delivered as bigint) as delivered,
        cast(on_the_way as bigint) as on_the_way,
        p50_hours,
        p90_hours,
        p50_pickup_hours,
        cast(judged as bigint) as judged,
        cast(on_time as bigint) as on_time,
        {{ ratio('on_time', 'judged') }} as on_time_rate,
        cast(stalled as bigint) as stalled,
        {{ ratio('stalled', 'parcels') }} as stall_rate,
        cast(lost as bigint) as lost,
        {{ ratio('lost', 'parcels') }} as loss_rate,
        cast(returned as bigint) as returned,
        {{ ratio('returned', 'parcels') }} as returned_rate,
        cast(with_exception as bigint) as with_exception
    from counted
)

select * from final
