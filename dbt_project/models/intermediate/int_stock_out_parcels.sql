{#- The waybill number of each stock-out (销售出库) and the platform's orders in it: merged orders go out under a list of numbers. -#}
{{- config(materialized='keyed', key=['erp_system', 'document_id']) -}}
{%- set touched -%}
    select erp_system, document_id from {{ changes('stg_erp__stock_outs') }}
{%- endset -%}
{{- reopen(touched) -}}
with sent as (
    select
        erp_system,
        document_id,
        {{ split_to_rows('order_id', ',') }} as order_id,
        tracking_no
    from {{ ref('stg_erp__stock_outs') }}
    where tracking_no is not null and order_id is not null and not is_cancelled
        {{ only_reopened(['erp_system', 'document_id'], also='and') }}
),

final as (
    select distinct
        erp_system,
        document_id,
        trim(order_id) as order_id,
        tracking_no
    from sent
)

select * from final
