{#- The export file and the API describe the SAME after-sales (售后单). What the newer of the two says wins; what it does not carry
    (times of agreement and refund only in the file, the list of sub-orders only in the API) comes from the other. -#}
{{- config(materialized='keyed', key=['platform', 'after_sale_id']) -}}
{%- set touched -%}
    select platform, after_sale_id from {{ changes('stg_douyin__after_sales') }}
    union all
    select platform, after_sale_id from {{ changes('stg_douyin__api_after_sales') }}
{%- endset -%}
{{- reopen(touched) -}}
{%- set both = [
    'order_id', 'kind', 'is_exchange', 'reason', 'reason_tag', 'after_sale_status', 'is_status_known', 'is_succeeded', 'applied_at',
    'requested_cny', 'exported_at', 'load_id'
] -%}
{%- set only_file = [
    'sub_order_id', 'product_id', 'product_name', 'merchant_code', 'refund_method', 'is_fast_refund', 'agreed_at', 'return_shipped_at',
    'received_at', 'merchant_refunded_at', 'finished_at', 'closed_at', 'tracking_no'
] -%}
{%- set only_api = ['sub_order_ids', 'product_ids', 'merchant_codes', 'refund_method_code', 'updated_at', 'tracking_numbers'] -%}
with file_cases as (
    select * from {{ ref('stg_douyin__after_sales') }}
    {{ only_reopened(['platform', 'after_sale_id']) }}
),

api_cases as (
    select * from {{ ref('stg_douyin__api_after_sales') }}
    {{ only_reopened(['platform', 'after_sale_id']) }}
),

-- Age first; at equal age the further state; then the file, which has the times.
joined as (
    select
        coalesce(file_cases.platform, api_cases.platform) as platform,
        coalesce(file_cases.after_sale_id, api_cases.after_sale_id) as after_sale_id,
        {% for column in both -%}
        file_cases.{{ column }} as file_{{ column }},
        api_cases.{{ column }} as api_{{ column }},
        {% endfor -%}
        {% for column in only_file -%}
        file_cases.{{ column }},
        {% endfor -%}
        {% for column in only_api -%}
        api_cases.{{ column }},
        {% endfor -%}
        case
            when api_cases.after_sale_id is null then false
            when file_cases.after_sale_id is null then true
            when api_cases.exported_at is null and file_cases.exported_at is not null then false
            when file_cases.exported_at is null and api_cases.exported_at is not null then true
            when api_cases.exported_at <> file_cases.exported_at then api_cases.exported_at > file_cases.exported_at
            else api_cases.status_rank > file_cases.status_rank
        end as is_api_newer
    from file_cases
    full outer join api_cases
        on
            file_cases.platform = api_cases.platform
            and file_cases.after_sale_id = api_cases.after_sale_id
),

final as (
    select
        platform,
        after_sale_id,
        {% for column in both -%}
        case
            when is_api_newer then coalesce(api_{{ column }}, file_{{ column }})
            else coalesce(file_{{ column }}, api_{{ column }})
        end as {{ column }},
        {% endfor -%}
        {% for column in only_file + only_api -%}
        {{ column }},
        {% endfor -%}
        is_api_newer
    from joined
)

select * from final
