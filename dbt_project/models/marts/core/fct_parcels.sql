{{- config(materialized='keyed', key=['tracking_no']) -}}
{%- set touched -%}
    select tracking_no from {{ changes('stg_kuaidi100__parcel_events') }}
    union all
    select tracking_no from {{ changes('fct_parcel_events') }}
    union all
    select tracking_no from {{ changes('int_parcel_orders') }}
{%- endset -%}
{{- reopen(touched) -}}
{%- set moving = "('picked_up', 'in_transit', 'out_for_delivery', 'pickup_point', 'customs', 'signed')" -%}
with events as (
    select * from {{ ref('fct_parcel_events') }}
    {{ only_reopened(['tracking_no']) }}
),

-- Asked for and not on the way yet: an answer without one event.
eventless as (
    select * from {{ ref('stg_kuaidi100__parcel_events') }}
    where event_at is null {{ only_reopened(['tracking_no'], also='and') }}
),

links as (
    select * from {{ ref('int_parcel_orders') }}
    {{ only_reopened(['tracking_no']) }}
),

told as (
    select
        tracking_no,
        max(case when is_newest then carrier_code end) as carrier_code,
        max(case when is_newest then event_state end) as newest_state,
        max(case when is_newest then answer_state end) as answer_state,
        max(case when is_signed then 1 else 0 end) as signed_flag,
        count(*) as event_count,
        min(event_at) as first_event_at,
        max(event_at) as last_event_at,
        min(case when event_state = 'picked_up' then event_at end) as picked_up_at,
        min(case when event_state in {{ moving }} then event_at end) as first_move_at,
        min(case when event_state = 'out_for_delivery' then event_at end) as out_for_delivery_at,
        min(case when event_state = 'pickup_point' then event_at end) as pickup_point_at,
        min(case when event_state = 'signed' then event_at end) as signed_event_at,
        min(case when event_state in ('returning', 'returned', 'rejected') then event_at end) as return_started_at,
        max(hours_since_previous) as longest_gap_hours,
        sum(case when event_state = 'exception' then 1 else 0 end) as exception_count,
        min(case when is_stall then event_at end) as stall_event_at
    from events
    group by tracking_no
),

asked as (
    select
        tracking_no,
        max(carrier_code) as carrier_code,
        max(parcel_state) as answer_state
    from eventless
    group by tracking_no
),

linked as (
    select
        tracking_no,
        count(*) as order_count,
        min(order_id) as only_order_id
    from links
    group by tracking_no
),

parcels as (
    select tracking_no from told
    union distinct
    select tracking_no from asked
    union distinct
    select tracking_no from linked
),

-- A carrier may go on scanning after the end: an answer that says signed or returned is believed.
stated as (
    select
        parcels.tracking_no,
        case
            when told.answer_state in ('signed', 'returned') and told.newest_state not in ('signed', 'returned') then told.answer_state
            when told.signed_flag = 1 and told.newest_state = 'unknown' then 'signed'
            else coalesce(told.newest_state, asked.answer_state, 'created')
        end as parcel_state
    from parcels
    left join told on parcels.tracking_no = told.tracking_no
    left join asked on parcels.tracking_no = asked.tracking_no
),

final as (
    select
        stated.tracking_no,
        coalesce(told.carrier_code, asked.carrier_code, 'unknown') as carrier_code,
        stated.parcel_state,
        told.first_event_at,
        told.last_event_at,
        coalesce(told.picked_up_at, told.first_move_at) as picked_up_at,
        told.out_for_delivery_at,
        told.pickup_point_at,
        case when stated.parcel_state = 'signed' then coalesce(told.signed_event_at, told.last_event_at) end as signed_at,
        told.return_started_at,
        coalesce(told.longest_gap_hours, cast(0 as decimal(18, 2))) as longest_gap_hours,
        told.stall_event_at,
        cast(coalesce(told.exception_count, 0) as bigint) as exception_count,
        cast(coalesce(told.event_count, 0) as bigint) as event_count,
        told.tracking_no is not null or asked.tracking_no is not null as is_tracked,
        cast(coalesce(linked.order_count, 0) as bigint) as order_count,
        case when linked.order_count = 1 then linked.only_order_id end as order_id
    from stated
    left join told on stated.tracking_no = told.tracking_no
    left join asked on stated.tracking_no = asked.tracking_no
    left join linked on stated.tracking_no = linked.tracking_no
)

select * from final
