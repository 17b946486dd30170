{{- config(materialized='keyed', key=['platform', 'after_sale_id']) -}}
{%- set touched -%}
    select platform, after_sale_id from {{ changes('fct_refunds') }}
{%- endset -%}
{{- reopen(touched) -}}
with refunds as (
    select * from {{ ref('fct_refunds') }}
    -- goods that are sent again or repaired are no refund; what an order tells without a case has no cycle
    where applied_at is not null and kind not in ('exchange', 'resend', 'repair') {{ only_reopened(['platform', 'after_sale_id'], also='and') }}
),

final as (
    select
        platform,
        after_sale_id,
        order_id,
        product_id,
        kind,
        applied_at,
        applied_date,
        agreed_at,
        succeeded_at,
        requested_cny,
        refund_cny,
        is_succeeded,
        kind = 'refund_before_shipping' and requested_cny <= {{ var('fast_refund_limit_cny') }} as eligible,
        is_fast_refund as automatic,
        {{ hours_between('applied_at', 'agreed_at') }} as agree_hours,
        {{ hours_between('applied_at', 'succeeded_at') }} as cycle_hours,
        is_succeeded_at_estimated,
        case
            when succeeded_at is not null then succeeded_at <= {{ hours_after('applied_at', var('fast_refund_hours')) }}
        end as is_within_target
    from refunds
)

select * from final
