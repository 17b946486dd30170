{{- config(materialized='keyed', key=['cohort_date']) -}}
{%- set last_age = var('refund_maturity_days') -%}
{%- set touched -%}
    select paid_date as cohort_date from {{ changes('fct_order_lines', of=['platform', 'sub_order_id', 'paid_date', 'paid_cny']) }} where paid_date is not null
    union all
    select paid_date as cohort_date from {{ ref('fct_order_lines') }}
    where paid_date is not null and (platform, sub_order_id) in (select platform, sub_order_id from {{ changes('int_refund_lines') }})
    union all
    -- the cohorts that still come of age
    select cohorts.cohort_date
    from {{ this }} as cohorts
    inner join (select min(as_of) as before from {{ changes('int_data_span') }}) as span
        on cohorts.cohort_date + interval {{ last_age }} day >= span.before
{%- endset -%}
{{- reopen(touched) -}}
with lines as (
    select * from {{ ref('fct_order_lines') }}
    where paid_date is not null {{ only_reopened(['paid_date'], keys=['cohort_date'], also='and') }}
),

sold as (
    select
        paid_date as cohort_date,
        count(*) as lines,
        sum(paid_cny) as paid_cny
    from lines
    group by paid_date
),

-- Later than the last age counts there; a refund that is dated before its payment counts on the day of payment.
dated as (
    select
        lines.paid_date as cohort_date,
        lines.platform || ' ' || lines.sub_order_id as line,
        refunds.refund_cny,
        least(greatest({{ dbt.datediff('lines.paid_date', 'cast(refunds.succeeded_at as date)', 'day') }}, 0), {{ last_age }}) as age_days
    from lines
    inner join {{ ref('int_refund_lines') }} as refunds
        on lines.platform = refunds.platform and lines.sub_order_id = refunds.sub_order_id
    where refunds.succeeded_at is not null
),

refunded as (
    select
        cohort_date,
        age_days,
        count(distinct line) as refunded_lines,
        sum(refund_cny) as refund_cny
    from dated
    group by cohort_date, age_days
),

oldest as (
    select
        cohort_date,
        max(age_days) as age_days
    from refunded
    group by cohort_date
),

-- One row for each age that the cohort has reached by the day that is looked from.
aged as (
    select
        sold.*,
        cast({{ days_between('sold.cohort_date', 'cast(greatest(least(span.as_of, sold.cohort_date + interval ' ~ last_age
            ~ ' day), sold.cohort_date + coalesce(oldest.age_days, 0) * interval 1 day) as date)') }} as date) as age_date
    from sold
    cross join {{ ref('int_data_span') }} as span
    left join oldest on sold.cohort_date = oldest.cohort_date
),

numbered as (
    select
        *,
        {{ dbt.datediff('cohort_date', 'age_date', 'day') }} as age_days
    from aged
),

final as (
    select
        numbered.cohort_date,
        cast(numbered.age_days as integer) as age_days,
        cast(numbered.lines as bigint) as lines,
        cast(numbered.paid_cny as decimal(18, 2)) as paid_cny,
        cast(coalesce(refunded.refunded_lines, 0) as bigint) as refunded_lines,
        cast(coalesce(refunded.refund_cny, 0) as decimal(18, 2)) as refund_cny,
        cast(sum(coalesce(refunded.refund_cny, 0)) over age_order as decimal(18, 2)) as refund_to_date_cny,
        {{ ratio('sum(coalesce(refunded.refund_cny, 0)) over age_order', 'numbered.paid_cny') }} as refund_rate
    from numbered
    left join refunded on numbered.cohort_date = refunded.cohort_date and numbered.age_days = refunded.age_days
    window age_order as (
        partition by numbered.cohort_date order by numbered.age_days nulls last rows between unbounded preceding and current row
    )
)

select * from final
