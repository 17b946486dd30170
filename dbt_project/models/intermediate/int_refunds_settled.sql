{#- After-sales (售后单) with what went back to the buyer and when. -#}
{{- config(materialized='keyed', key=['platform', 'after_sale_id']) -}}
{%- set touched -%}
    select platform, after_sale_id from {{ changes('stg_douyin__after_sales') }}
{%- endset -%}
{{- reopen(touched) -}}
with after_sales as (
    select * from {{ ref('stg_douyin__after_sales') }}
    {{ only_reopened(['platform', 'after_sale_id']) }}
),

final as (
    select
        *,
        -- an exchange gives goods back, not money
        cast(case when is_succeeded and not is_exchange then requested_cny else 0 end as decimal(18, 2)) as refund_cny,
        case
            when is_succeeded and not is_exchange
                then coalesce(received_at, merchant_refunded_at, finished_at, applied_at)
        end as succeeded_at,
        is_succeeded
        and not is_exchange
        and received_at is null
        and merchant_refunded_at is null
        and finished_at is null as is_succeeded_at_estimated
    from after_sales
)

select * from final
