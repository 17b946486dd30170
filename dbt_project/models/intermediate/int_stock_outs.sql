{#- Pieces that left a warehouse for a buyer (销售出库), each once, with the warehouse's own code. Articles of 视频号 have no number of their
    own there: an ERP numbers them in its way, and order and sku tell which it is. -#}
{{- config(materialized='keyed', key=['erp_system', 'document_id']) -}}
{%- set touched -%}
    select erp_system, document_id from {{ changes('stg_erp__stock_outs') }}
    union all
    -- a warehouse that gets or changes its name
    select erp_system, document_id from {{ ref('stg_erp__stock_outs') }}
    where warehouse_id is null and warehouse_name in (select warehouse_name from {{ changes('stg_shop__warehouses') }})
    union all
    select erp_system, document_id from {{ ref('stg_erp__stock_outs') }}
    where order_id in (select order_id from {{ changes('int_weixin_order_lines', of=['order_id', 'sub_order_id', 'merchant_code']) }})
    union all
    -- an order of an export steps back once the stock-out itself is known
    select erp_system, document_id from {{ ref('stg_erp__stock_outs') }}
    where document_id like 'order:%'
        and erp_order_id in (select erp_order_id from {{ changes('stg_erp__stock_outs') }} where document_id like 'out:%')
{%- endset -%}
{{- reopen(touched) -}}
with lines as (
    select * from {{ ref('stg_erp__stock_outs') }}
    {{ only_reopened(['erp_system', 'document_id']) }}
),

names as (
    select
        warehouse_name,
        min(warehouse_id) as warehouse_id
    from {{ ref('stg_shop__warehouses') }}
    group by warehouse_name
),

articles as (
    select
        order_id,
        merchant_code,
        min(sub_order_id) as sub_order_id
    from {{ ref('int_weixin_order_lines') }}
    where order_id in (select lines.order_id from lines)
    group by order_id, merchant_code
),

-- The API of 聚水潭 and its order export tell of the same shipment: the stock-out document is the nearer to the goods.
documents as (
    select distinct
        erp_system,
        erp_order_id
    from {{ ref('stg_erp__stock_outs') }}
    where document_id like 'out:%' and erp_order_id in (
        select known.erp_order_id from lines as known
        where known.document_id like 'order:%'
    )
),

final as (
    select
        lines.erp_system,
        lines.document_id,
        lines.line_number,
        lines.erp_order_id,
        lines.order_id,
        coalesce(articles.sub_order_id, lines.sub_order_id) as sub_order_id,
        lines.sku_id,
        coalesce(lines.warehouse_id, names.warehouse_id, lines.warehouse_name, 'unknown') as warehouse_id,
        cast(lines.quantity as decimal(18, 4)) as quantity,
        lines.created_at,
        case when not lines.is_cancelled then lines.shipped_at end as shipped_at,
        lines.is_cancelled
    from lines
    left join names on lines.warehouse_name = names.warehouse_name
    left join articles on lines.order_id = articles.order_id and lines.sku_id = articles.merchant_code
    left join documents
        on
            lines.erp_system = documents.erp_system
            and case when lines.document_id like 'order:%' then lines.erp_order_id end = documents.erp_order_id
    where documents.erp_order_id is null
)

select * from final
