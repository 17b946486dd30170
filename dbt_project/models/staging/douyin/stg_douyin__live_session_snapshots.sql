{{ config(materialized='newest', key=['account_id', 'started_at', 'snapshot_date']) }}
with source as (
    -- a download of the small hours tells the day before; one without a date no later day than that of the session
    select
        *,
        coalesce(
            cast(_exported_at - interval {{ var('live_closing_hour') }} hour as date), cast(started_at as date)
        ) as snapshot_date
    from {{ source('raw', 'douyin__live_sessions') }}
),

newest as (
    select *
    from source
    {{ newest_version(['account_id', 'started_at', 'snapshot_date']) }}
),

final as (
    select
        account_id,
        started_at,
        snapshot_date,
        {{ dbt.datediff('started_at', 'snapshot_date', 'day') }} as days_after,
        cast(paid_orders as bigint) as paid_orders,
        cast(gmv_cny as decimal(18, 2)) as gmv_cny,
        cast(user_paid_cny as decimal(18, 2)) as user_paid_cny,
        cast(refund_orders as bigint) as refund_orders,
        cast(refund_cny as decimal(18, 2)) as refund_cny,
        cast(net_orders as bigint) as net_orders,
        cast(net_gmv_cny as decimal(18, 2)) as net_gmv_cny,
        cast(buyers as bigint) as buyers,
        cast(viewers as bigint) as viewers,
        _exported_at as exported_at,
        {{ version_columns() }}
    from newest
)

select * from final
