{#- One row: the last day of the stock ledger: the last with a move or a snapshot, and not beyond as_of. -#}
{{- config(materialized='whole') -}}
with days as (
    select max(date) as last_date
    from {{ ref('int_stock_days') }}
),

final as (
    select
        'all' as scope,
        least(days.last_date, span.as_of) as last_date
    from days
    cross join {{ ref('int_data_span') }} as span
    where days.last_date is not null
)

select * from final
