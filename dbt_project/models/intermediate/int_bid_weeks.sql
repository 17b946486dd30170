{#- The weeks that advice is given for, up to the one after as_of, each with the ROI that pays for its goods and its refunds (保本ROI):
    1 / (gross margin x (1 - refunds)), of the orders in the window before it. -#}
{{- config(materialized='whole') -}}
with span as (
    select * from {{ ref('int_data_span') }}
),

days as (
    select distinct week_start_date from {{ ref('dim_date') }}
),

weeks as (
    select
        cast(days.week_start_date + interval 7 day as date) as week_start_date,
        span.as_of
    from days
    cross join span
),

margins as (
    select * from {{ ref('int_margin_days') }}
),

summed as (
    select
        weeks.week_start_date,
        weeks.as_of,
        sum(margins.gmv_cny) as gmv_cny,
        sum(margins.refund_cny) as refund_cny,
        sum(margins.costed_gmv_cny) as costed_gmv_cny,
        sum(margins.cost_cny) as cost_cny
    from weeks
    left join margins
        on
            weeks.week_start_date > margins.paid_date
            and weeks.week_start_date - interval {{ var('bid_window_days') }} day <= margins.paid_date
    group by weeks.week_start_date, weeks.as_of
),

kept as (
    select
        *,
        cast(costed_gmv_cny - cost_cny as double) / nullif(cast(costed_gmv_cny as double), 0)
        * cast(gmv_cny - refund_cny as double) / nullif(cast(gmv_cny as double), 0) as kept_rate
    from summed
),

final as (
    select
        week_start_date,
        week_start_date > as_of as is_current,
        as_of >= week_start_date + interval {{ 6 + var('bid_score_days') }} day as is_scored,
        -- a shop that keeps less than a twentieth of a yuan has no price at which ads pay
        cast(case
            when kept_rate >= 0.05 then round(1 / nullif(kept_rate, 0), 2)
            else {{ var('bid_default_target_roi') }}
        end as decimal(18, 2)) as target_roi,
        case when kept_rate >= 0.05 then 'break_even' else 'default' end as target_basis
    from kept
)

select * from final
