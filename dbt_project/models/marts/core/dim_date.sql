{{- config(materialized='whole') -}}
with span as (
    select * from {{ ref('int_data_span') }}
),

days as (
    select
        cast({{ days_between('first_date', 'as_of') }} as date) as date,
        as_of
    from span
),

final as (
    select
        date,
        cast(year(date) as integer) as year_number,
        cast(quarter(date) as integer) as quarter_number,
        cast(month(date) as integer) as month_number,
        cast(day(date) as integer) as day_of_month,
        cast({{ iso_weekday('date') }} as integer) as weekday_number,
        {{ iso_weekday('date') }} >= 6 as is_weekend,
        cast(date_trunc('week', date) as date) as week_start_date,
        cast(date_trunc('month', date) as date) as month_start_date,
        date = as_of as is_as_of
    from days
)

select * from final
