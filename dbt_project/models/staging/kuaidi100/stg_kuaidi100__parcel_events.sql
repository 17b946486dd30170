{{ config(materialized='newest', key=['tracking_no', 'event_seen_at', 'event_code']) }}
with source as (
    select
        *,
        -- 快递100 may find that another carrier has the parcel: the number is the parcel, the carrier only goes with it
        upper(trim(tracking_no)) as parcel_no,
        lower(coalesce(corrected_carrier_code, carrier_code)) as known_carrier_code,
        -- what tells events apart, also where the answer leaves the time or the code out
        coalesce(event_at, timestamp '1970-01-01 00:00:00') as event_seen_at,
        coalesce(event_status_code, event_status, '') as event_code
    from {{ source('raw', 'kuaidi100__tracks') }}
),

states as (
    select * from {{ ref('carrier_states') }}
),

-- The same event comes again in every query, at times with another text: its time and state are what it is.
newest as (
    select *
    from source
    {{ newest_version(['parcel_no', 'event_seen_at', 'event_code']) }}
),

final as (
    select
        newest.parcel_no as tracking_no,
        newest.known_carrier_code as carrier_code,
        newest.event_at,
        newest.event_seen_at,
        newest.event_code,
        newest.event_status,
        newest.event_status_code,
        coalesce(own_code.parcel_state, own_text.parcel_state, by_code.parcel_state, by_text.parcel_state) as event_state,
        coalesce(own_code.is_stall, own_text.is_stall, by_code.is_stall, by_text.is_stall, false) as is_stall,
        newest.event_code = ''
        or coalesce(own_code.parcel_state, own_text.parcel_state, by_code.parcel_state, by_text.parcel_state) is not null as is_state_known,
        coalesce(by_parcel.parcel_state, case when newest.parcel_state is not null then 'unknown' end) as parcel_state,
        coalesce(newest.is_signed, false) as is_signed,
        newest.area_name,
        newest._exported_at as exported_at,
        newest._load_id as load_id,
        newest._row_number as row_in_load,
        {{ version_columns('newest') }}
    from newest
    left join states as own_code on newest.known_carrier_code = own_code.carrier_code and newest.event_status_code = own_code.code
    left join states as own_text on newest.known_carrier_code = own_text.carrier_code and newest.event_status = own_text.label
    left join states as by_code on by_code.carrier_code = 'any' and newest.event_status_code = by_code.code
    left join states as by_text on by_text.carrier_code = 'any' and newest.event_status = by_text.label
    left join states as by_parcel on by_parcel.carrier_code = 'any' and newest.parcel_state = by_parcel.code
)

select * from final
