{{ config(materialized='newest', key=['carrier_code', 'tracking_no', 'event_seen_at', 'event_code']) }}
with source as (
    select * from {{ source('raw', 'kuaidi100__tracks') }}
),

states as (
    select * from {{ ref('kuaidi100_states') }}
),

-- The same event comes again in every query, at times with another text: its time and state are what it is.
newest as (
    select *
    from source
    {{ newest_version(
        ['carrier_code', 'tracking_no', "coalesce(event_at, timestamp '1970-01-01 00:00:00')", "coalesce(event_status_code, event_status, '')"]
    ) }}
),

final as (
    select
        newest.carrier_code,
        newest.tracking_no,
        newest.event_at,
        newest.event_status,
        newest.event_status_code,
        -- what tells events apart, also where the answer leaves the time or the code out
        coalesce(newest.event_at, timestamp '1970-01-01 00:00:00') as event_seen_at,
        coalesce(newest.event_status_code, newest.event_status, '') as event_code,
        coalesce(by_code.parcel_state, by_text.parcel_state) as event_state,
        coalesce(
            by_parcel.parcel_state, case when newest.parcel_state is not null then 'unknown' end
        ) as parcel_state,
        coalesce(newest.is_signed, false) as is_signed,
        newest.area_name,
        newest._exported_at as exported_at,
        newest._load_id as load_id,
        newest._row_number as row_in_load,
        {{ version_columns('newest') }}
    from newest
    left join states as by_code on newest.event_status_code = by_code.code
    left join states as by_text on newest.event_status = by_text.label
    left join states as by_parcel on newest.parcel_state = by_parcel.code
)

select * from final
