{{- config(materialized='keyed', key=['tracking_no']) -}}
{%- set touched -%}
    select tracking_no from {{ changes('stg_kuaidi100__parcel_events') }}
{%- endset -%}
{{- reopen(touched) -}}
with events as (
    select * from {{ ref('stg_kuaidi100__parcel_events') }}
    where event_at is not null {{ only_reopened(['tracking_no'], also='and') }}
),

-- Oldest first by the event's own time, whatever the order of telling. An answer lists its newest event first, so at equal time
-- the lower row is the newer.
ranked as (
    select
        *,
        row_number() over event_order as event_rank,
        lag(event_at) over event_order as previous_at,
        count(*) over (partition by tracking_no) as event_count
    from events
    window event_order as (
        partition by tracking_no
        order by event_at nulls last, exported_at nulls first, load_id nulls last, row_in_load desc nulls last
    )
),

final as (
    select
        tracking_no,
        cast(event_rank as integer) as event_rank,
        carrier_code,
        event_at,
        event_code,
        event_status,
        -- an answer without codes tells the state of the whole parcel only, which is that of its newest event
        coalesce(event_state, case when event_rank = event_count then parcel_state end, 'unknown') as event_state,
        is_stall,
        area_name,
        {{ hours_between('previous_at', 'event_at') }} as hours_since_previous,
        event_rank = event_count as is_newest,
        parcel_state as answer_state,
        is_signed,
        exported_at
    from ranked
)

select * from final
