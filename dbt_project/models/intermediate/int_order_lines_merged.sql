{#- The export file and the API describe the SAME sub-orders. What the newer of the two says wins; what it does not carry
    (buyer, room and creative only in the API; traffic labels only in the file) comes from the other. -#}
{%- set both = [
    'order_id', 'product_id', 'product_name', 'merchant_code', 'quantity', 'list_cny', 'payable_cny', 'freight_cny',
    'discount_total_cny', 'price_change_cny', 'platform_discount_cny', 'shop_discount_cny', 'creator_discount_cny',
    'payment_discount_cny', 'redpacket_cny', 'platform_borne_cny', 'shop_borne_cny', 'creator_borne_cny',
    'order_status', 'is_status_known', 'cancel_reason', 'ordered_at', 'paid_at', 'shipped_at', 'completed_at',
    'promised_ship_at', 'province', 'city', 'creator_id', 'creator_name', 'warehouse_id', 'exported_at', 'load_id'
] -%}
with file_lines as (
    select * from {{ ref('stg_douyin__order_lines') }}
),

api_lines as (
    select * from {{ ref('stg_douyin__api_order_lines') }}
),

-- Age first; at equal age the further state; then the API, which knows more.
paired as (
    select
        coalesce(file_lines.platform, api_lines.platform) as platform,
        coalesce(file_lines.sub_order_id, api_lines.sub_order_id) as sub_order_id,
        file_lines.sub_order_id as file_sub_order_id,
        api_lines.sub_order_id as api_sub_order_id,
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
        paired.platform,
        paired.sub_order_id,
        {% for column in both -%}
        {{ newer_of(column, 'file_lines', 'api_lines', 'paired.is_api_newer') }} as {{ column }},
        {% endfor -%}
        api_lines.shop_id,
        api_lines.open_id,
        api_lines.platform_sku_id,
        api_lines.live_session_id,
        api_lines.creative_id,
        api_lines.tracking_numbers,
        file_lines.sku_name,
        file_lines.warehouse_name,
        file_lines.store_id,
        file_lines.after_sale_status_label,
        file_lines.ad_channel,
        file_lines.traffic_source,
        file_lines.traffic_type,
        file_lines.traffic_format,
        file_lines.traffic_channel,
        paired.file_sub_order_id is not null as is_in_file,
        paired.api_sub_order_id is not null as is_in_api
    from paired
    left join file_lines on paired.platform = file_lines.platform and paired.file_sub_order_id = file_lines.sub_order_id
    left join api_lines on paired.platform = api_lines.platform and paired.api_sub_order_id = api_lines.sub_order_id
)

select * from final
