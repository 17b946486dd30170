{#- The parcel's moments from its orders and from its tracking; nothing here depends on the day that is looked from. -#}
{{- config(materialized='keyed', key=['tracking_no']) -}}
{%- set touched -%}
    select tracking_no from {{ changes('fct_parcels') }}
    union all
    select tracking_no from {{ changes('int_parcel_order_facts') }}
{%- endset -%}
{{- reopen(touched) -}}
with parcels as (
    select * from {{ ref('fct_parcels') }}
    {{ only_reopened(['tracking_no']) }}
),

facts as (
    select * from {{ ref('int_parcel_order_facts') }}
    {{ only_reopened(['tracking_no']) }}
),

ranked as (
    select
        facts.*,
        parcels.picked_up_at,
        row_number() over (partition by facts.tracking_no order by facts.platform, facts.order_id) as order_rank
    from facts
    inner join parcels on facts.tracking_no = parcels.tracking_no
),

-- Of several orders the earliest promise is broken first. A parcel leaves when its last order does; a moment after the pick-up belongs
-- to another parcel of the order.
ordered as (
    select
        tracking_no,
        sum(case when has_order then 1 else 0 end) as known_order_count,
        {{ join_rows('order_id', ',', 'order_rank') }} as order_ids,
        max(parcel_count) as parcels_of_order,
        case when count(distinct customer_key) = 1 then min(customer_key) end as customer_key,
        case when count(distinct province) = 1 then min(province) end as province,
        min(paid_at) as paid_at,
        min(promised_at) as promised_at,
        sum(case when is_promise_given then 1 else 0 end) as promises_given,
        max(case
            when picked_up_at is null or last_shipped_at <= picked_up_at then last_shipped_at
            when first_shipped_at <= picked_up_at then first_shipped_at
        end) as shipped_before_at,
        min(first_shipped_at) as first_shipped_at,
        sum(case when has_order and not is_refunded then 1 else 0 end) as kept_order_count,
        sum(paid_fen) as paid_fen
    from ranked
    group by tracking_no
),

timed as (
    select
        parcels.*,
        ordered.order_ids,
        cast(coalesce(ordered.known_order_count, 0) as bigint) as known_order_count,
        coalesce(ordered.parcels_of_order, 0) as parcels_of_order,
        cast(coalesce(ordered.kept_order_count, 0) as bigint) as kept_order_count,
        ordered.customer_key,
        coalesce(ordered.province, 'unknown') as province,
        ordered.paid_at,
        ordered.promised_at,
        case when ordered.promised_at is null then null when ordered.promises_given > 0 then 'order' else 'rule' end as promise_source,
        coalesce(ordered.shipped_before_at, ordered.first_shipped_at) as shipped_at,
        {{ to_cny('coalesce(ordered.paid_fen, 0)') }} as paid_cny,
        parcels.parcel_state in ('signed', 'returned', 'cancelled') as is_ended
    from parcels
    left join ordered on parcels.tracking_no = ordered.tracking_no
),

final as (
    select
        timed.*,
        coalesce(timed.shipped_at, timed.picked_up_at, timed.first_event_at) as started_at,
        coalesce(standards.delivery_hours, {{ var('parcel_delivery_hours') }}) as delivery_hours,
        {{ hours_after('coalesce(timed.shipped_at, timed.picked_up_at, timed.first_event_at)',
            'coalesce(standards.delivery_hours, ' ~ var('parcel_delivery_hours') ~ ')') }} as delivery_due_at
    from timed
    left join {{ ref('delivery_hours') }} as standards on timed.province = standards.province
)

select * from final
