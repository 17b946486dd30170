{{- config(materialized='whole') -}}
with counts as (
    select * from {{ ref('int_funnel_session_counts') }}
),

leaks as (
    select * from {{ ref('int_funnel_session_leaks') }}
),

span as (
    select * from {{ ref('int_data_span') }}
),

final as (
    select
        counts.live_session_id,
        counts.platform,
        counts.account_id,
        counts.started_at,
        cast(counts.started_at as date) as session_date,
        counts.basis,
        counts.orders_from,
        cast(counts.exposures as bigint) as exposures,
        cast(counts.clicks as bigint) as clicks,
        cast(counts.room_enters as bigint) as room_enters,
        cast(counts.product_exposures as bigint) as product_exposures,
        cast(counts.product_clicks as bigint) as product_clicks,
        cast(counts.orders_created as bigint) as orders_created,
        cast(counts.orders_paid as bigint) as orders_paid,
        cast(counts.orders_completed as bigint) as orders_completed,
        cast(counts.buyers_paid as bigint) as buyers_paid,
        cast(counts.buyers_repurchased as bigint) as buyers_repurchased_30d,
        cast(counts.gmv_cny as decimal(18, 2)) as gmv_cny,
        {{ ratio('counts.clicks', 'counts.exposures') }} as click_rate,
        {{ ratio('counts.room_enters', 'coalesce(counts.clicks, counts.exposures)') }} as room_enter_rate,
        {{ ratio('counts.product_exposures', 'counts.room_enters') }} as product_exposure_rate,
        {{ ratio('counts.product_clicks', 'coalesce(counts.product_exposures, counts.room_enters)') }} as product_click_rate,
        {{ ratio('counts.orders_created', 'coalesce(counts.product_clicks, counts.room_enters)') }} as order_rate,
        {{ ratio('counts.orders_paid', 'counts.orders_created') }} as pay_rate,
        {{ ratio('counts.orders_completed', 'counts.orders_paid') }} as complete_rate,
        {{ ratio('counts.buyers_repurchased', 'counts.buyers_paid') }} as repurchase_rate,
        leaks.largest_leak,
        cast(round(leaks.benchmark_rate, 6) as decimal(18, 6)) as benchmark_rate,
        coalesce(leaks.lost_gmv_cny, cast(0 as decimal(18, 2))) as lost_gmv_cny,
        coalesce({{ dbt.datediff('counts.started_at', 'span.as_of', 'day') }} >= {{ var('repurchase_days') }}, false) as is_repurchase_mature
    from counts
    cross join span
    left join leaks on counts.live_session_id = leaks.live_session_id
)

select * from final
