{{- config(materialized='keyed', key=['supplier_id']) -}}
{%- set touched -%}
    select supplier_id from {{ changes('int_supplier_deliveries') }}
    union all
    select supplier_id from {{ changes('int_supplier_answers') }}
    union all
    select supplier_id from {{ changes('int_supplier_prices') }}
    union all
    select supplier_id from {{ changes('dim_supplier') }}
{%- endset -%}
{{- reopen(touched) -}}
{%- set weights = var('supplier_score_weights') -%}
with deliveries as (
    select * from {{ ref('int_supplier_deliveries') }}
    {{ only_reopened(['supplier_id']) }}
),

answers as (
    select * from {{ ref('int_supplier_answers') }}
    {{ only_reopened(['supplier_id']) }}
),

prices as (
    select * from {{ ref('int_supplier_prices') }}
    {{ only_reopened(['supplier_id']) }}
),

suppliers as (
    select * from {{ ref('dim_supplier') }}
),

quarters as (
    select
        supplier_id,
        quarter
    from deliveries
    union distinct
    select
        supplier_id,
        quarter
    from answers
    union distinct
    select
        supplier_id,
        quarter
    from prices
),

rated as (
    select
        quarters.supplier_id,
        quarters.quarter,
        coalesce(deliveries.lines_due, 0) as lines_due,
        {{ ratio('deliveries.lines_on_time', 'deliveries.lines_due') }} as on_time_rate,
        {{ ratio('deliveries.filled_quantity', 'deliveries.ordered_quantity') }} as fill_rate,
        {{ ratio('deliveries.defect_quantity', 'deliveries.received_quantity') }} as defect_rate,
        coalesce(answers.cases, 0) as cases,
        cast(coalesce(answers.cases - answers.answered_cases, 0) as bigint) as unanswered_cases,
        {{ ratio('answers.answer_minutes', 'answers.answered_cases * 60') }} as response_hours,
        {{ ratio('prices.cost_cny - prices.cost_at_prices_before_cny', 'prices.cost_at_prices_before_cny') }} as price_trend
    from quarters
    left join deliveries on quarters.supplier_id = deliveries.supplier_id and quarters.quarter = deliveries.quarter
    left join answers on quarters.supplier_id = answers.supplier_id and quarters.quarter = answers.quarter
    left join prices on quarters.supplier_id = prices.supplier_id and quarters.quarter = prices.quarter
),

-- A part is 0 to 1; what is not known has no part. An unanswered case says the same as no answer at all.
parts as (
    select
        *,
        on_time_rate as on_time_part,
        fill_rate as fill_part,
        {{ part_of_limit('defect_rate', var('supplier_defect_limit')) }} as defect_part,
        case
            when cases > 0 and response_hours is null then 0
            else {{ part_of_limit('response_hours', var('supplier_response_limit_hours')) }}
        end as response_part,
        {{ part_of_limit('price_trend', var('supplier_price_rise_limit')) }} as price_part
    from rated
),

scored as (
    select
        *,
        -- without a line that was due there is nothing to grade
        case when lines_due > 0 then {{ score_of_parts(weights) }} end as score
    from parts
),

final as (
    select
        scored.supplier_id,
        scored.quarter,
        coalesce(suppliers.supplier_name, scored.supplier_id) as supplier_name,
        scored.lines_due,
        scored.on_time_rate,
        scored.fill_rate,
        scored.defect_rate,
        scored.cases,
        scored.unanswered_cases,
        scored.response_hours,
        scored.price_trend,
        {% for part in weights %}cast(scored.{{ part }}_part as decimal(18, 6)) as {{ part }}_part,
        {% endfor %}scored.score,
        case when scored.score >= 85 then 'A' when scored.score >= 70 then 'B' when scored.score >= 55 then 'C' when scored.score is not null then 'D' end as grade
    from scored
    left join suppliers on scored.supplier_id = suppliers.supplier_id
)

select * from final
