{#- What was bought, when it was promised, and when it came: purchase orders (采购单) beside their stock-ins (采购入库). -#}
{{- config(materialized='keyed', key=['purchase_id']) -}}
{%- set touched -%}
    select purchase_id from {{ changes('stg_erp__purchase_lines') }}
    union all
    select purchase_id from {{ changes('stg_erp__stock_ins') }} where purchase_id is not null
    union all
    select purchase_id from {{ ref('stg_erp__purchase_lines') }}
    where warehouse_id is null and warehouse_name in (select warehouse_name from {{ changes('stg_shop__warehouses') }})
{%- endset -%}
{{- reopen(touched) -}}
with ordered as (
    select * from {{ ref('stg_erp__purchase_lines') }}
    {{ only_reopened(['purchase_id']) }}
),

names as (
    select
        warehouse_name,
        min(warehouse_id) as warehouse_id
    from {{ ref('stg_shop__warehouses') }}
    group by warehouse_name
),

-- A stock-in names the order and the sku, not the line: the order's lines of one sku share what came, first line first.
receipts as (
    select
        purchase_id,
        sku_id,
        sum(quantity) as quantity,
        sum(case when is_defect then quantity else 0 end) as defect_quantity,
        min(received_at) as first_received_at,
        max(received_at) as last_received_at
    from {{ ref('stg_erp__stock_ins') }}
    where document_state = 'done' and purchase_id is not null {{ only_reopened(['purchase_id'], also='and') }}
    group by purchase_id, sku_id
),

filled as (
    select
        ordered.*,
        receipts.quantity as sku_received,
        receipts.defect_quantity,
        receipts.first_received_at,
        receipts.last_received_at,
        sum(ordered.quantity) over (
            partition by ordered.purchase_id, ordered.sku_id order by ordered.line_key nulls last rows unbounded preceding
        ) - ordered.quantity as lines_before,
        row_number() over (partition by ordered.purchase_id, ordered.sku_id order by ordered.line_key desc nulls last) = 1 as is_last_line
    from ordered
    left join receipts on ordered.purchase_id = receipts.purchase_id and ordered.sku_id = receipts.sku_id
),

-- Without stock-ins the order's own figure tells how much came, not when.
counted as (
    select
        *,
        case
            when sku_received is null then coalesce(stocked, 0)
            when is_last_line then greatest(sku_received - lines_before, 0)
            else least(greatest(sku_received - lines_before, 0), quantity)
        end as received_quantity
    from filled
),

final as (
    select
        counted.purchase_id,
        counted.line_key,
        counted.purchase_no,
        coalesce(counted.supplier_id, 'unknown') as supplier_id,
        counted.sku_id,
        coalesce(counted.warehouse_id, names.warehouse_id, counted.warehouse_name, 'unknown') as warehouse_id,
        counted.purchase_state,
        counted.created_at as ordered_at,
        cast(counted.created_at as date) as ordered_date,
        counted.expected_at,
        cast(counted.expected_at as date) as expected_date,
        counted.first_received_at,
        case when counted.received_quantity > 0 then counted.last_received_at end as received_at,
        cast(counted.quantity as decimal(18, 4)) as quantity,
        cast(counted.received_quantity as decimal(18, 4)) as received_quantity,
        cast(case when counted.is_last_line then coalesce(counted.defect_quantity, 0) else 0 end as decimal(18, 4)) as defect_quantity,
        cast(greatest(case
            when counted.purchase_state in ('open', 'unknown')
                then counted.quantity - counted.received_quantity - coalesce(counted.stopped, 0)
            else 0
        end, 0) as decimal(18, 4)) as open_quantity,
        counted.price_cny,
        case when counted.received_quantity > 0
            then cast({{ dbt.datediff('cast(counted.created_at as date)', 'cast(counted.last_received_at as date)', 'day') }} as integer)
        end as lead_days,
        case when counted.received_quantity > 0 and counted.last_received_at is not null and counted.expected_at is not null
            then cast(counted.last_received_at as date) <= cast(counted.expected_at as date)
        end as is_on_time
    from counted
    left join names on counted.warehouse_name = names.warehouse_name
)

select * from final
