{#- What a supplier's goods cost in a quarter beside the quarter before: skus bought in both, at this quarter's pieces (Paasche). -#}
{{- config(materialized='keyed', key=['supplier_id']) -}}
{%- set touched -%}
    select supplier_id from {{ changes('fct_purchase_lines') }}
{%- endset -%}
{{- reopen(touched) -}}
with bought as (
    select
        supplier_id,
        sku_id,
        cast(date_trunc('quarter', ordered_date) as date) as quarter,
        sum(quantity) as quantity,
        sum(quantity * price_cny) as cost_cny
    from {{ ref('fct_purchase_lines') }}
    where
        purchase_state <> 'cancelled' and price_cny > 0 and quantity > 0 and ordered_date is not null
        {{ only_reopened(['supplier_id'], also='and') }}
    group by supplier_id, sku_id, cast(date_trunc('quarter', ordered_date) as date)
),

final as (
    select
        now_.supplier_id,
        now_.quarter,
        cast(round(sum(now_.cost_cny), 2) as decimal(18, 2)) as cost_cny,
        cast(round(sum(now_.quantity * before.cost_cny / nullif(before.quantity, 0)), 2) as decimal(18, 2)) as cost_at_prices_before_cny
    from bought as now_
    inner join bought as before
        on
            now_.supplier_id = before.supplier_id
            and now_.sku_id = before.sku_id
            and before.quarter = cast({{ dbt.dateadd('month', -3, 'now_.quarter') }} as date)
    group by now_.supplier_id, now_.quarter
)

select * from final
