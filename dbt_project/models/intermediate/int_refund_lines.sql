{#- Refunds by order line. A case of several sub-orders (店铺单) tells one amount: it is shared by what the lines were paid, to the cent,
    over the lines that are known (over all of them when none is). -#}
{{- config(materialized='keyed', key=['platform', 'after_sale_id']) -}}
{%- set touched -%}
    select platform, after_sale_id from {{ changes('int_refunds_settled') }}
    union all
    -- the weights of a shared case are its order's lines
    select platform, after_sale_id from {{ ref('int_refunds_settled') }}
    where sub_order_ids like '%,%' and (platform, order_id) in (select platform, order_id from {{ changes('int_order_lines_merged') }})
{%- endset -%}
{{- reopen(touched) -}}
with refunds as (
    select * from {{ ref('int_refunds_settled') }}
    {{ only_reopened(['platform', 'after_sale_id']) }}
),

alone as (
    select
        platform,
        after_sale_id,
        sub_order_id,
        cast(1 as bigint) as line_count,
        refund_cny,
        applied_at,
        succeeded_at
    from refunds
    where sub_order_id is not null and sub_order_ids not like '%,%'
),

listed as (
    select
        platform,
        after_sale_id,
        {{ to_fen('refund_cny') }} as refund_fen,
        applied_at,
        succeeded_at,
        {{ split_to_rows('sub_order_ids', ',') }} as listed_id
    from refunds
    where sub_order_ids like '%,%'
),

told as (
    select distinct
        platform,
        after_sale_id,
        refund_fen,
        applied_at,
        succeeded_at,
        trim(listed_id) as sub_order_id
    from listed
    where trim(listed_id) <> ''
),

known as (
    select
        told.*,
        case when lines.sub_order_id is not null then 1 else 0 end as known_flag,
        max(case when lines.sub_order_id is not null then 1 else 0 end) over (partition by told.platform, told.after_sale_id) as any_known_flag,
        greatest(coalesce({{ to_fen('lines.payable_cny') }}, 1), 1) as weight
    from told
    left join {{ ref('int_order_lines_merged') }} as lines
        on told.platform = lines.platform and told.sub_order_id = lines.sub_order_id
),

weighed as (
    select
        *,
        sum(weight) over (partition by platform, after_sale_id) as total_weight,
        count(*) over (partition by platform, after_sale_id) as line_count
    from known
    where known_flag = any_known_flag
),

floored as (
    select
        *,
        {{ apportion_floor('refund_fen', 'weight', 'total_weight') }} as floor_fen,
        {{ apportion_remainder('refund_fen', 'weight', 'total_weight') }} as remainder
    from weighed
),

shared as (
    select
        platform,
        after_sale_id,
        sub_order_id,
        line_count,
        applied_at,
        succeeded_at,
        {{ apportion_final('refund_fen', 'floor_fen', 'remainder', 'platform, after_sale_id', 'sub_order_id') }} as share_fen
    from floored
),

final as (
    select * from alone
    union all
    select
        platform,
        after_sale_id,
        sub_order_id,
        line_count,
        {{ to_cny('share_fen') }} as refund_cny,
        applied_at,
        succeeded_at
    from shared
)

select * from final
