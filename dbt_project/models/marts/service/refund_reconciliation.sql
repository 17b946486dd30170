{{- config(materialized='keyed', key=['platform', 'sub_order_id']) -}}
{%- set touched -%}
    select platform, sub_order_id from {{ changes('int_refund_lines') }}
    union all
    select platform, sub_order_id from {{ changes('stg_douyin__settlements') }}
    union all
    select platform, sub_order_id from {{ changes('stg_douyin__fund_flows') }} where sub_order_id is not null
{%- endset -%}
{{- reopen(touched) -}}
with settled as (
    select
        platform,
        sub_order_id,
        min(settled_at) as settled_at,
        sum(pre_settlement_refund_cny) as bill_before_cny
    from {{ ref('stg_douyin__settlements') }}
    {{ only_reopened(['platform', 'sub_order_id']) }}
    group by platform, sub_order_id
),

moved as (
    select
        platform,
        sub_order_id,
        sum(amount_cny) as bill_after_cny
    from {{ ref('stg_douyin__fund_flows') }}
    where scene_group = 'refund_after_settlement' and sub_order_id is not null {{ only_reopened(['platform', 'sub_order_id'], also='and') }}
    group by platform, sub_order_id
),

refunds as (
    select
        lines.platform,
        lines.sub_order_id,
        sum(lines.refund_cny) as refund_cny,
        sum(case when lines.succeeded_at < settled.settled_at then lines.refund_cny else 0 end) as before_cny,
        sum(case when lines.succeeded_at >= settled.settled_at then lines.refund_cny else 0 end) as after_cny
    from {{ ref('int_refund_lines') }} as lines
    left join settled on lines.platform = settled.platform and lines.sub_order_id = settled.sub_order_id
    where lines.refund_cny <> 0 {{ only_reopened(['lines.platform', 'lines.sub_order_id'], keys=['platform', 'sub_order_id'], also='and') }}
    group by lines.platform, lines.sub_order_id
),

keys as (
    select
        platform,
        sub_order_id
    from refunds
    union distinct
    select
        platform,
        sub_order_id
    from settled
    where bill_before_cny <> 0
    union distinct
    select
        platform,
        sub_order_id
    from moved
),

joined as (
    select
        keys.platform,
        keys.sub_order_id,
        settled.settled_at,
        coalesce(refunds.refund_cny, 0) as refund_cny,
        coalesce(refunds.before_cny, 0) as before_cny,
        coalesce(refunds.after_cny, 0) as after_cny,
        coalesce(settled.bill_before_cny, 0) as bill_before_cny,
        coalesce(moved.bill_after_cny, 0) as bill_after_cny
    from keys
    left join refunds on keys.platform = refunds.platform and keys.sub_order_id = refunds.sub_order_id
    left join settled on keys.platform = settled.platform and keys.sub_order_id = settled.sub_order_id
    left join moved on keys.platform = moved.platform and keys.sub_order_id = moved.sub_order_id
),

final as (
    select
        platform,
        sub_order_id,
        settled_at,
        cast(refund_cny as decimal(18, 2)) as refund_cny,
        cast(before_cny as decimal(18, 2)) as refund_before_settlement_cny,
        cast(bill_before_cny as decimal(18, 2)) as bill_before_settlement_cny,
        cast(after_cny as decimal(18, 2)) as refund_after_settlement_cny,
        cast(bill_after_cny as decimal(18, 2)) as bill_after_settlement_cny,
        cast(before_cny + after_cny - bill_before_cny - bill_after_cny as decimal(18, 2)) as difference_cny,
        case
            -- the platform holds the money until it settles: a line that never settles has no bill to agree with
            when settled_at is null and bill_after_cny = 0 then 'not_settled'
            when before_cny = bill_before_cny and after_cny = bill_after_cny then 'agreed'
            when before_cny + after_cny = bill_before_cny + bill_after_cny then 'agreed_in_total'
            when before_cny + after_cny > bill_before_cny + bill_after_cny then 'missing_in_bill'
            else 'missing_in_refunds'
        end as verdict
    from joined
)

select * from final
