{#- The export file and the API describe the SAME sub-orders. What the newer of the two says wins; what it does not carry
    (buyer, room and creative only in the API; traffic labels only in the file) comes from the other. -#}
{{- config(materialized='keyed', key=['platform', 'sub_order_id']) -}}
{%- set touched -%}
    select platform, sub_order_id from {{ changes('stg_douyin__order_lines') }}
    union all
    select platform, sub_order_id from {{ changes('stg_douyin__api_order_lines') }}
{%- endset -%}
{{- reopen(touched) -}}
{%- set both = [
    'order_id', 'product_id', 'product_name', 'merchant_code', 'quantity', 'list_cny', 'payable_cny', 'freight_cny',
    'discount_total_cny', 'price_change_cny', 'platform_discount_cny', 'shop_discount_cny', 'creator_discount_cny',
    'payment_discount_cny', 'redpacket_cny', 'platform_borne_cny', 'shop_borne_cny', 'creator_borne_cny',
    'order_status', 'is_status_known', 'cancel_reason', 'ordered_at', 'paid_at', 'shipped_at', 'completed_at',
    'promised_ship_at', 'province', 'city', 'creator_id', 'creator_name', 'warehouse_id', 'exported_at', 'load_id'
] -%}
{%- set only_api = ['shop_id', 'open_id', 'platform_sku_id', 'live_session_id', 'creative_id', 'tracking_numbers'] -%}
{%- set only_file = [
    'sku_name', 'warehouse_name', 'store_id', 'after_sale_status_label',
    'ad_channel', 'traffic_source', 'traffic_type', 'traffic_format', 'traffic_channel'
] -%}
with file_lines as (
    select * from {{ ref('stg_douyin__order_lines') }}
    {{ only_reopened(['platform', 'sub_order_id']) }}
),

api_lines as (
    select * from {{ ref('stg_douyin__api_order_lines') }}
    {{ only_reopened(['platform', 'sub_order_id']) }}
),

-- Age first; at equal age the further state; then the API, which knows more.
joined as (
    select
        coalesce(file_lines.platform, api_lines.platform) as platform,
        coalesce(file_lines.sub_order_id, api_lines.sub_order_id) as sub_order_id,
        {% for column in both -%}
        file_lines.{{ column }} as file_{{ column }},
        api_lines.{{ column }} as api_{{ column }},
        {% endfor -%}
        {% for column in only_api -%}
        api_lines.{{ column }},
        {% endfor -%}
        {% for column in only_file -%}
        file_lines.{{ column }},
        {% endfor -%}
        file_lines.sub_order_id is not null as is_in_file,
        api_lines.sub_order_id is not null as is_in_api,
        case
            when api_lines.sub_order_id is null then false
            when file_lines.sub_order_id is null then true
            when api_lines.exported_at is null and file_lines.exported_at is not null then false
            when file_lines.exported_at is null and api_lines.exported_at is not null then true
            when api_lines.exported_at <> file_lines.exported_at then api_lines.exported_at > file_lines.exported_at
            else api_lines.status_rank >= file_lines.status_rank
        end as is_api_newer
    from file_lines
    full outer join api_lines
        on
            file_lines.platform = api_lines.platform
            and file_lines.sub_order_id = api_lines.sub_order_id
),

final as (
    select
        platform,
        sub_order_id,
        {% for column in both -%}
        case
            when is_api_newer then coalesce(api_{{ column }}, file_{{ column }})
            else coalesce(file_{{ column }}, api_{{ column }})
        end as {{ column }},
        {% endfor -%}
        {% for column in only_api + only_file -%}
        {{ column }},
        {% endfor -%}
        is_in_file,
        is_in_api
    from joined
)

select * from final
