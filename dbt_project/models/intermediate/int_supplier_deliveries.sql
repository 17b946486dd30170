{#- What a supplier owed in a quarter and what came: lines by the quarter of their promised day, up to as_of. -#}
{{- config(materialized='keyed', key=['supplier_id']) -}}
{%- set touched -%}
    select supplier_id from {{ changes('fct_purchase_lines') }}
    union all
    -- those whose promised day has passed since the last run
    select lines.supplier_id
    from {{ ref('fct_purchase_lines') }} as lines
    inner join (select min(as_of) as before, max(as_of) as after from {{ changes('int_data_span') }}) as span
        on lines.expected_date between span.before and span.after
{%- endset -%}
{{- reopen(touched) -}}
with owed as (
    select lines.*
    from {{ ref('fct_purchase_lines') }} as lines
    inner join {{ ref('int_data_span') }} as span on lines.expected_date <= span.as_of
    where lines.purchase_state in ('open', 'done') and lines.quantity > 0 {{ only_reopened(['lines.supplier_id'], ['supplier_id'], also='and') }}
),

final as (
    select
        supplier_id,
        cast(date_trunc('quarter', expected_date) as date) as quarter,
        count(*) as lines_due,
        sum(case when is_on_time and received_quantity >= quantity then 1 else 0 end) as lines_on_time,
        cast(sum(quantity) as decimal(18, 4)) as ordered_quantity,
        cast(sum(least(received_quantity, quantity)) as decimal(18, 4)) as filled_quantity,
        cast(sum(received_quantity) as decimal(18, 4)) as received_quantity,
        cast(sum(defect_quantity) as decimal(18, 4)) as defect_quantity
    from owed
    group by supplier_id, cast(date_trunc('quarter', expected_date) as date)
)

select * from final
