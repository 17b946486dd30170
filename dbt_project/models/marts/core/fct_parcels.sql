{{- config(materialized='keyed', key=['carrier_code', 'tracking_no']) -}}
{%- set touched -%}
    select carrier_code, tracking_no from {{ changes('stg_kuaidi100__parcel_events') }}
    union all
    select carrier_code, tracking_no from {{ ref('stg_kuaidi100__parcel_events') }}
    where tracking_no in (select tracking_no from {{ changes('int_parcel_orders') }})
{%- endset -%}
{{- reopen(touched) -}}
with events as (
    select * from {{ ref('stg_kuaidi100__parcel_events') }}
    {{ only_reopened(['carrier_code', 'tracking_no']) }}
),

-- The newest event tells the state; an answer lists its newest event first, so at equal time the lower row is the newer.
newest as (
    select
        carrier_code,
        tracking_no,
        coalesce(event_state, parcel_state, 'unknown') as parcel_state
    from events
    qualify row_number() over (
        partition by carrier_code, tracking_no
        order by event_at desc nulls last, exported_at desc nulls last, load_id desc, row_in_load
    ) = 1
),

summed as (
    select
        carrier_code,
        tracking_no,
        count(event_at) as event_count,
        min(event_at) as first_event_at,
        max(event_at) as last_event_at,
        min(case when event_state = 'picked_up' then event_at end) as picked_up_at,
        min(case when event_state = 'out_for_delivery' then event_at end) as out_for_delivery_at,
        min(case when event_state = 'signed' then event_at end) as signed_event_at,
        max(case when is_signed then 1 else 0 end) as signed_flag
    from events
    group by carrier_code, tracking_no
),

shipped as (
    select
        platform,
        order_id,
        tracking_no
    from {{ ref('int_parcel_orders') }}
    {{ only_reopened(['tracking_no']) }}
),

linked as (
    select
        tracking_no,
        count(*) as order_count,
        min(order_id) as only_order_id
    from shipped
    group by tracking_no
),

final as (
    select
        summed.carrier_code,
        summed.tracking_no,
        case when summed.signed_flag = 1 and newest.parcel_state = 'unknown' then 'signed' else newest.parcel_state end as parcel_state,
        summed.first_event_at,
        summed.last_event_at,
        summed.picked_up_at,
        summed.out_for_delivery_at,
        case
            when newest.parcel_state = 'signed' then coalesce(summed.signed_event_at, summed.last_event_at)
        end as signed_at,
        cast(summed.event_count as bigint) as event_count,
        cast(coalesce(linked.order_count, 0) as bigint) as order_count,
        case when linked.order_count = 1 then linked.only_order_id end as order_id
    from summed
    inner join newest on summed.carrier_code = newest.carrier_code and summed.tracking_no = newest.tracking_no
    left join linked on summed.tracking_no = linked.tracking_no
)

select * from final
