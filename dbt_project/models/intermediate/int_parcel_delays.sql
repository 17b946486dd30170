{#- The parcels that a buyer waits for too long (延误), with the reason, since when and how long as of the day that is looked from. -#}
{{- config(materialized='derived', key=['tracking_no'], of='parcel_sla') -}}
with late as (
    select *
    from {{ changed_keys_of('parcel_sla') }}
    where not is_orphan and (is_ship_late or is_delivery_late or is_lost)
),

final as (
    select
        tracking_no,
        carrier_code,
        province,
        order_ids,
        customer_key,
        parcel_state,
        is_open,
        is_refunded,
        case
            when is_lost then 'lost'
            when is_delivery_late and is_stalled then 'stalled'
            when is_delivery_late then 'delivered_late'
            else 'shipped_late'
        end as reason,
        case when is_ship_late then promised_at when is_delivery_late then delivery_due_at else last_event_at end as late_since_at,
        greatest(coalesce(ship_hours_late, 0), coalesce(delivery_hours_late, 0)) as hours_late
    from late
)

select * from final
