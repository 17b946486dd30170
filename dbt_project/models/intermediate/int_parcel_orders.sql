{#- Which order went in which parcel: the waybill numbers that the orders name (a comma list), those that their after-sales name, and
    those of the ERP's stock-outs (销售出库), since not every shop's export names any. Many to many, so it carries no money;
    parcel_count and parcel_rank are within the order. -#}
{{- config(materialized='keyed', key=['platform', 'order_id']) -}}
{%- set touched -%}
    select platform, order_id from {{ changes('int_order_lines_merged', of=['platform', 'order_id', 'sub_order_id', 'tracking_numbers']) }}
    union all
    select platform, order_id
    from {{ changes('int_after_sales_merged', of=['platform', 'after_sale_id', 'order_id', 'tracking_numbers', 'tracking_no']) }}
    where order_id is not null
    union all
    select orders.platform, orders.order_id
    from {{ changes('int_stock_out_parcels') }} as outs
    inner join {{ ref('int_order_lines_merged') }} as orders on outs.order_id = orders.order_id
{%- endset -%}
{{- reopen(touched) -}}
with named as (
    select
        platform,
        order_id,
        tracking_numbers
    from {{ ref('int_order_lines_merged') }}
    where tracking_numbers is not null {{ only_reopened(['platform', 'order_id'], also='and') }}
    union distinct
    select
        platform,
        order_id,
        tracking_numbers
    from {{ ref('int_after_sales_merged') }}
    where tracking_numbers is not null and order_id is not null {{ only_reopened(['platform', 'order_id'], also='and') }}
    union distinct
    select
        platform,
        order_id,
        tracking_no as tracking_numbers
    from {{ ref('int_after_sales_merged') }}
    where tracking_no is not null and order_id is not null {{ only_reopened(['platform', 'order_id'], also='and') }}
    union distinct
    -- a warehouse tells an order's number, not its platform
    select
        orders.platform,
        outs.order_id,
        outs.tracking_no as tracking_numbers
    from {{ ref('int_stock_out_parcels') }} as outs
    inner join {{ ref('int_order_lines_merged') }} as orders on outs.order_id = orders.order_id
    {{ only_reopened(['orders.platform', 'orders.order_id'], keys=['platform', 'order_id']) }}
),

split as (
    select
        platform,
        order_id,
        {{ split_to_rows('tracking_numbers', ',') }} as tracking_no
    from named
),

links as (
    select distinct
        platform,
        order_id,
        upper(trim(tracking_no)) as tracking_no
    from split
    where nullif(trim(tracking_no), '') is not null
),

final as (
    select
        *,
        count(*) over (partition by platform, order_id) as parcel_count,
        row_number() over (partition by platform, order_id order by tracking_no nulls last) as parcel_rank
    from links
)

select * from final
