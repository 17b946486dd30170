{# The columns of an order line before it is priced (int_order_lines_merged), each with its type. `both`: told by the order file
   and by the API; `only_api`, `only_file`: told by one of the two. #}
{% macro order_line_columns(kind) -%}
    {%- set columns = {
        'both': {
            'order_id': 'string', 'product_id': 'string', 'product_name': 'string', 'merchant_code': 'string', 'quantity': 'bigint',
            'list_cny': 'decimal(18, 2)', 'payable_cny': 'decimal(18, 2)', 'freight_cny': 'decimal(18, 2)',
            'discount_total_cny': 'decimal(18, 2)', 'price_change_cny': 'decimal(18, 2)', 'platform_discount_cny': 'decimal(18, 2)',
            'shop_discount_cny': 'decimal(18, 2)', 'creator_discount_cny': 'decimal(18, 2)', 'payment_discount_cny': 'decimal(18, 2)',
            'redpacket_cny': 'decimal(18, 2)', 'platform_borne_cny': 'decimal(18, 2)', 'shop_borne_cny': 'decimal(18, 2)',
            'creator_borne_cny': 'decimal(18, 2)', 'order_status': 'string', 'is_status_known': 'boolean', 'cancel_reason': 'string',
            'ordered_at': 'timestamp', 'paid_at': 'timestamp', 'shipped_at': 'timestamp', 'completed_at': 'timestamp',
            'promised_ship_at': 'timestamp', 'province': 'string', 'city': 'string', 'creator_id': 'string', 'creator_name': 'string',
            'warehouse_id': 'string', 'exported_at': 'timestamp', 'load_id': 'string'
        },
        'only_api': {
            'shop_id': 'string', 'open_id': 'string', 'platform_sku_id': 'string', 'live_session_id': 'string', 'creative_id': 'string',
            'tracking_numbers': 'string'
        },
        'only_file': {
            'sku_name': 'string', 'warehouse_name': 'string', 'store_id': 'string', 'after_sale_status_label': 'string',
            'ad_channel': 'string', 'traffic_source': 'string', 'traffic_type': 'string', 'traffic_format': 'string',
            'traffic_channel': 'string'
        }
    } -%}
    {{ return(columns[kind]) }}
{%- endmacro %}

{# An order line of a shop that is not 抖音: what its export tells (column -> expression), null in all other columns. #}
{% macro order_line(platform, sub_order_id, known) -%}
    '{{ platform }}' as platform,
        {{ sub_order_id }} as sub_order_id
    {%- for kind in ['both', 'only_api', 'only_file'] -%}
        {%- for column, type in order_line_columns(kind).items() %},
        cast({{ known.pop(column, 'null') }} as {{ type }}) as {{ column }}
        {%- endfor -%}
    {%- endfor -%}
    {%- if known %}{{ exceptions.raise_compiler_error('order_line: no such column ' ~ known.keys() | list) }}{% endif -%}
{%- endmacro %}

{# A group's amount (yuan) shared over its rows by whole-number weights, to the cent (macros/apportion.sql). `parts` holds
   <name>_fen, <name>_floor and <name>_left, which apportion_parts() made. #}
{% macro apportion_parts(names, weight, total) -%}
    {%- for name in names -%}
        {{ apportion_floor(name ~ '_fen', weight, total) }} as {{ name }}_floor,
        {{ apportion_remainder(name ~ '_fen', weight, total) }} as {{ name }}_left{{ ',\n        ' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}
{% macro apportioned(name, partition_by, tie_break) -%}
    {{ apportion_final(name ~ '_fen', name ~ '_floor', name ~ '_left', partition_by, tie_break) }}
{%- endmacro %}
