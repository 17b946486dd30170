{{- config(materialized='keyed', key=['tracking_no']) -}}
{%- set touched -%}
    select tracking_no from {{ changes('int_parcel_clocks') }}
    union all
    -- what is still on the way grows older with every day
    select parcels.tracking_no
    from {{ this }} as parcels
    inner join (select max(as_of) as after from {{ changes('int_data_span') }}) as span
        on parcels.is_open and span.after is not null
{%- endset -%}
{{- reopen(touched) -}}
{%- set lost_hours = 24 * var('parcel_lost_days') -%}
with clocks as (
    select * from {{ ref('int_parcel_clocks') }}
    {{ only_reopened(['tracking_no']) }}
),

-- The end of the day that is looked from; a parcel that nobody has seen for so long is lost, and grows no older.
looked_at as (
    select
        clocks.*,
        {{ end_of_day('span.as_of') }} as looked_at,
        coalesce(clocks.last_event_at, clocks.started_at, clocks.promised_at) as last_seen_at
    from clocks
    cross join {{ ref('int_data_span') }} as span
),

expired as (
    select
        *,
        {{ hours_after('last_seen_at', lost_hours) }} as lost_at,
        coalesce(not is_ended and looked_at >= {{ hours_after('last_seen_at', lost_hours) }}, false) as is_expired
    from looked_at
),

aged as (
    select
        *,
        is_expired and is_tracked as is_lost,
        case when is_ended then coalesce(signed_at, last_event_at, looked_at) else least(looked_at, coalesce(lost_at, looked_at)) end as clock_at
    from expired
),

-- What nobody tracks tells nothing after shipping; what goes back or was cancelled is no late delivery.
measured as (
    select
        *,
        coalesce(shipped_at, picked_up_at, clock_at) as left_at,
        case when is_tracked and shipped_at is not null then coalesce(picked_up_at, clock_at) end as pickup_seen_at,
        case when is_tracked then coalesce(signed_at, case when not is_ended then clock_at end) end as arrival_seen_at,
        case
            when is_tracked
                then greatest(longest_gap_hours, case
                    when is_ended then cast(0 as decimal(18, 2))
                    else coalesce({{ hours_between('last_seen_at', 'clock_at') }}, cast(0 as decimal(18, 2)))
                end)
        end as stalled_hours
    from aged
),

final as (
    select
        tracking_no,
        carrier_code,
        province,
        cast(date_trunc('week', started_at) as date) as week_start_date,
        case when is_lost then 'lost' else parcel_state end as parcel_state,
        not is_ended and not is_expired as is_open,
        is_tracked,
        order_count,
        order_ids,
        known_order_count = 0 as is_orphan,
        parcels_of_order > 1 as is_split,
        order_count > 1 as is_merged,
        customer_key,
        paid_cny,
        paid_at,
        promised_at,
        promise_source,
        shipped_at,
        picked_up_at,
        out_for_delivery_at,
        signed_at as delivered_at,
        return_started_at,
        started_at,
        delivery_due_at,
        last_event_at,
        {{ hours_between('paid_at', 'shipped_at') }} as ship_hours,
        {{ hours_between('shipped_at', 'picked_up_at') }} as pickup_hours,
        {{ hours_between('picked_up_at', 'out_for_delivery_at') }} as transit_hours,
        {{ hours_between('out_for_delivery_at', 'signed_at') }} as last_mile_hours,
        {{ hours_between('started_at', 'signed_at') }} as delivery_hours,
        cast(stalled_hours as decimal(18, 2)) as stalled_hours,
        case when promised_at is not null then greatest({{ hours_between('promised_at', 'left_at') }}, cast(0 as decimal(18, 2))) end as ship_hours_late,
        case
            when delivery_due_at is not null and arrival_seen_at is not null
                then greatest({{ hours_between('delivery_due_at', 'arrival_seen_at') }}, cast(0 as decimal(18, 2)))
        end as delivery_hours_late,
        left_at > promised_at as is_ship_late,
        pickup_seen_at > {{ hours_after('shipped_at', var('parcel_pickup_hours')) }} as is_pickup_late,
        arrival_seen_at > delivery_due_at as is_delivery_late,
        stalled_hours >= {{ var('parcel_stall_hours') }} or stall_event_at is not null as is_stalled,
        is_lost,
        parcel_state in ('returned', 'returning', 'rejected') as is_returned,
        exception_count > 0 as has_exception,
        kept_order_count = 0 and known_order_count > 0 as is_refunded
    from measured
)

select * from final
