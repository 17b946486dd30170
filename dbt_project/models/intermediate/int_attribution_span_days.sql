{#- The days of each period on show. A null journey that ended on a day which is still open may still become an order: its look-back is
    not over on as_of. -#}
{{- config(materialized='whole') -}}
with final as (
    select
        spans.period_type,
        spans.period,
        days.date,
        days.date + interval {{ var('attribution_lookback_days') }} day > span.as_of as is_open
    from {{ ref('int_attribution_spans') }} as spans
    inner join {{ ref('dim_date') }} as days on days.date between spans.first_date and spans.last_date
    cross join {{ ref('int_data_span') }} as span
)

select * from final
