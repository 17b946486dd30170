{{- config(materialized='whole') -}}
with counts as (
    select * from {{ ref('int_funnel_counts') }}
    where has_activity
),

leaks as (
    select * from {{ ref('int_funnel_leaks') }}
),

span as (
    select * from {{ ref('int_data_span') }}
),

-- No platform tells product exposures by channel: an entry saw what the day's entries into our 抖音 rooms saw on average (罗盘).
rooms as (
    select * from {{ ref('int_live_room_days') }}
),

elsewhere as (
    select distinct channel
    from {{ ref('fct_ad_hours') }}
    where platform <> 'qianchuan'
),

final as (
    select
        counts.date,
        counts.channel,
        cast(counts.exposures as bigint) as exposures,
        cast(counts.clicks as bigint) as clicks,
        cast(counts.room_enters as bigint) as room_enters,
        cast(round(counts.room_enters * cast(rooms.product_exposures as double) / nullif(rooms.views, 0)) as bigint) as product_exposures,
        cast(counts.product_clicks as bigint) as product_clicks,
        cast(counts.orders_created as bigint) as orders_created,
        cast(counts.orders_paid as bigint) as orders_paid,
        cast(counts.orders_completed as bigint) as orders_completed,
        cast(counts.buyers_paid as bigint) as buyers_paid,
        cast(counts.buyers_repurchased as bigint) as buyers_repurchased_30d,
        cast(counts.gmv_cny as decimal(18, 2)) as gmv_cny,
        {{ ratio('counts.clicks', 'counts.exposures') }} as click_rate,
        {{ ratio('counts.room_enters', 'counts.clicks') }} as room_enter_rate,
        case when counts.room_enters > 0 then {{ ratio('rooms.product_exposures', 'rooms.views') }} end as product_exposure_rate,
        {{ ratio('counts.product_clicks', 'coalesce(counts.room_enters, counts.clicks)') }} as product_click_rate,
        {{ ratio('counts.orders_created', 'coalesce(counts.product_clicks, counts.room_enters, counts.clicks)') }} as order_rate,
        {{ ratio('counts.orders_paid', 'counts.orders_created') }} as pay_rate,
        {{ ratio('counts.orders_completed', 'counts.orders_paid') }} as complete_rate,
        {{ ratio('counts.buyers_repurchased', 'counts.buyers_paid') }} as repurchase_rate,
        leaks.largest_leak,
        cast(round(leaks.benchmark_rate, 6) as decimal(18, 6)) as benchmark_rate,
        coalesce(leaks.lost_gmv_cny, cast(0 as decimal(18, 2))) as lost_gmv_cny,
        {{ dbt.datediff('counts.date', 'span.as_of', 'day') }} >= {{ var('repurchase_days') }} as is_repurchase_mature
    from counts
    cross join span
    left join elsewhere on counts.channel = elsewhere.channel
    left join rooms on case when elsewhere.channel is null then counts.date end = rooms.date
    left join leaks on counts.date = leaks.date and counts.channel = leaks.channel
)

select * from final
