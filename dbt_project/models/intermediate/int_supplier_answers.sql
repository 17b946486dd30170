{#- How a supplier answers: cases by the quarter in which they were opened. -#}
{{- config(materialized='keyed', key=['supplier_id']) -}}
{%- set touched -%}
    select supplier_id from {{ changes('stg_supply__supplier_cases') }}
{%- endset -%}
{{- reopen(touched) -}}
with cases as (
    select * from {{ ref('stg_supply__supplier_cases') }}
    {{ only_reopened(['supplier_id']) }}
),

final as (
    select
        supplier_id,
        cast(date_trunc('quarter', opened_at) as date) as quarter,
        count(*) as cases,
        sum(case when kind = 'defect' then 1 else 0 end) as defect_cases,
        sum(case when responded_at >= opened_at then 1 else 0 end) as answered_cases,
        cast(sum(case
            when responded_at >= opened_at then {{ dbt.datediff('opened_at', 'responded_at', 'minute') }}
        end) as bigint) as answer_minutes
    from cases
    group by supplier_id, cast(date_trunc('quarter', opened_at) as date)
)

select * from final
