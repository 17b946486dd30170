{{- config(materialized='keyed', key=['date', 'product_id']) -}}
{%- set touched -%}
    select applied_date as date, product_id from {{ changes('fct_refunds') }} where applied_date is not null
    union all
    select succeeded_date as date, product_id from {{ changes('fct_refunds') }} where succeeded_date is not null
{%- endset -%}
{{- reopen(touched) -}}
-- An after-sale counts as applied on one day and its money on another.
with moments as (
    select
        applied_date as date,
        product_id,
        coalesce(reason, 'unknown') as reason,
        kind,
        1 as applied_flag,
        0 as refund_flag,
        cast(0 as decimal(18, 2)) as refund_cny,
        false as is_fast_refund,
        cast(null as varchar(40)) as refunded_order_id
    from {{ ref('fct_refunds') }}
    where applied_date is not null {{ only_reopened(['applied_date', 'product_id'], keys=['date', 'product_id'], also='and') }}
    union all
    select
        succeeded_date as date,
        product_id,
        coalesce(reason, 'unknown') as reason,
        kind,
        0 as applied_flag,
        1 as refund_flag,
        refund_cny,
        is_fast_refund,
        order_id as refunded_order_id
    from {{ ref('fct_refunds') }}
    where succeeded_date is not null {{ only_reopened(['succeeded_date', 'product_id'], keys=['date', 'product_id'], also='and') }}
),

final as (
    select
        date,
        product_id,
        reason,
        cast(sum(applied_flag) as bigint) as applied,
        cast(sum(refund_flag) as bigint) as refunds,
        cast(count(distinct refunded_order_id) as bigint) as refunded_orders,
        cast(sum(refund_cny) as decimal(18, 2)) as refund_cny,
        cast(sum(case when kind = 'refund_before_shipping' then refund_cny else 0 end) as decimal(18, 2)) as before_shipping_cny,
        cast(sum(case when kind = 'refund_after_shipping' then refund_cny else 0 end) as decimal(18, 2)) as after_shipping_cny,
        cast(sum(case when kind = 'return_and_refund' then refund_cny else 0 end) as decimal(18, 2)) as return_cny,
        cast(sum(case when refund_flag = 1 and is_fast_refund then 1 else 0 end) as bigint) as fast_refunds
    from moments
    group by date, product_id, reason
)

select * from final
