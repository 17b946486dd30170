{#- What moved the stock that can be sold: purchases in, sales out, and returns, which go back to where their pieces left from. -#}
{{- config(materialized='keyed', key=['document_key']) -}}
{%- set no_out = 'cast(null as string) as erp_system, cast(null as string) as document_id' -%}
{%- set touched -%}
    select concat('out:', erp_system, ':', document_id) as document_key, erp_system, document_id from {{ changes('int_stock_outs') }}
    union all
    select concat('in:', stock_in_id), {{ no_out }} from {{ changes('stg_erp__stock_ins') }}
    union all
    select concat('in:', stock_in_id), {{ no_out }} from {{ ref('stg_erp__stock_ins') }}
    where warehouse_id is null and warehouse_name in (select warehouse_name from {{ changes('stg_shop__warehouses') }})
    union all
    select concat('return:', platform, ':', after_sale_id), {{ no_out }} from {{ changes('int_refunds_settled') }}
    union all
    select concat('return:', platform, ':', after_sale_id), {{ no_out }} from {{ changes('int_refund_lines') }}
    union all
    select concat('return:', platform, ':', after_sale_id), {{ no_out }} from {{ ref('int_refund_lines') }}
    where sub_order_id in (select sub_order_id from {{ changes('int_stock_outs') }})
{%- endset -%}
{{- reopen(touched) -}}
with names as (
    select
        warehouse_name,
        min(warehouse_id) as warehouse_id
    from {{ ref('stg_shop__warehouses') }}
    group by warehouse_name
),

sales as (
    select
        concat('out:', erp_system, ':', document_id) as document_key,
        line_number,
        'sale_out' as move_type,
        sku_id,
        warehouse_id,
        shipped_at as moved_at,
        -quantity as quantity,
        order_id,
        sub_order_id,
        cast(null as {{ dbt.type_string() }}) as purchase_id
    from {{ ref('int_stock_outs') }}
    where shipped_at is not null {{ only_reopened(['erp_system', 'document_id'], also='and') }}
),

purchases as (
    select
        concat('in:', lines.stock_in_id) as document_key,
        row_number() over (partition by lines.stock_in_id order by lines.line_key nulls last) as line_number,
        'purchase_in' as move_type,
        lines.sku_id,
        coalesce(lines.warehouse_id, names.warehouse_id, lines.warehouse_name, 'unknown') as warehouse_id,
        lines.received_at as moved_at,
        lines.quantity,
        cast(null as {{ dbt.type_string() }}) as order_id,
        cast(null as {{ dbt.type_string() }}) as sub_order_id,
        lines.purchase_id
    from {{ ref('stg_erp__stock_ins') }} as lines
    left join names on lines.warehouse_name = names.warehouse_name
    where lines.document_state = 'done' and lines.is_main_stock and not lines.is_defect and lines.received_at is not null
        {{ only_reopened(["concat('in:', lines.stock_in_id)"], keys=['document_key'], also='and') }}
),

refunded as (
    select
        cases.platform,
        cases.after_sale_id,
        cases.order_id,
        lines.sub_order_id,
        cases.succeeded_at,
        concat('return:', cases.platform, ':', cases.after_sale_id) as document_key
    from {{ ref('int_refunds_settled') }} as cases
    inner join {{ ref('int_refund_lines') }} as lines on cases.platform = lines.platform and cases.after_sale_id = lines.after_sale_id
    where cases.kind = 'return_and_refund' and cases.succeeded_at is not null
        {{ only_reopened(["concat('return:', cases.platform, ':', cases.after_sale_id)"], keys=['document_key'], also='and') }}
),

shipped as (
    select * from {{ ref('int_stock_outs') }}
    where shipped_at is not null and sub_order_id in (select refunded.sub_order_id from refunded)
),

returns as (
    select
        refunded.document_key,
        row_number() over (partition by refunded.document_key order by shipped.erp_system nulls last, shipped.document_id nulls last, shipped.line_number nulls last) as line_number,
        'return_in' as move_type,
        shipped.sku_id,
        shipped.warehouse_id,
        refunded.succeeded_at as moved_at,
        shipped.quantity,
        refunded.order_id,
        refunded.sub_order_id,
        cast(null as {{ dbt.type_string() }}) as purchase_id
    from refunded inner join shipped on refunded.sub_order_id = shipped.sub_order_id
),

moves as (
    select * from sales
    union all
    select * from purchases
    union all
    select * from returns
),

final as (
    select
        document_key,
        cast(line_number as bigint) as line_number,
        move_type,
        sku_id,
        warehouse_id,
        moved_at,
        cast(moved_at as date) as move_date,
        cast(quantity as decimal(18, 4)) as quantity,
        order_id,
        sub_order_id,
        purchase_id
    from moves
)

select * from final
