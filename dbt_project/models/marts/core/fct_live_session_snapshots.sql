{{- config(materialized='keyed', key=['live_session_id']) -}}
{%- set touched -%}
    select live_session_id from {{ changes('dim_live_session') }}
    union all
    select live_session_id from {{ ref('dim_live_session') }}
    where (account_id, started_at) in (select account_id, started_at from {{ changes('stg_douyin__live_session_snapshots') }})
{%- endset -%}
{{- reopen(touched) -}}
with dimension as (
    select * from {{ ref('dim_live_session') }}
    where is_in_compass {{ only_reopened(['live_session_id'], also='and') }}
),

snapshots as (
    select * from {{ ref('stg_douyin__live_session_snapshots') }}
),

final as (
    select
        dimension.live_session_id,
        snapshots.snapshot_date,
        cast(snapshots.days_after as bigint) as days_after,
        case
            when snapshots.days_after >= 30 then 'D30'
            when snapshots.days_after >= 14 then 'D14'
            when snapshots.days_after >= 7 then 'D7'
            when snapshots.days_after >= 1 then 'D1'
            else 'D0'
        end as maturity,
        snapshots.viewers,
        snapshots.buyers,
        snapshots.paid_orders,
        snapshots.gmv_cny,
        snapshots.user_paid_cny,
        snapshots.refund_orders,
        snapshots.refund_cny,
        snapshots.net_orders,
        snapshots.net_gmv_cny,
        -- refunds on the day of the same age of another session: compare at equal maturity only
        {{ ratio('snapshots.refund_cny', 'snapshots.gmv_cny') }} as refund_rate,
        row_number() over (
            partition by dimension.live_session_id order by snapshots.snapshot_date desc nulls last
        ) = 1 as is_newest
    from dimension
    inner join snapshots
        on dimension.account_id = snapshots.account_id and dimension.started_at = snapshots.started_at
)

select * from final
