{# What an ad report may count, in the order of the published columns. All of them add up over ads and hours; claimed_* are what
   the ads claim, room_* the whole live room or shop (全域, 整体: natural and ads together): never one in place of the other. #}
{% macro ad_measures() -%}
    {{- return([
        'spend_cny', 'impressions', 'clicks', 'conversions', 'room_enters', 'product_clicks', 'claimed_orders', 'claimed_gmv_cny',
        'claimed_created_orders', 'claimed_created_gmv_cny', 'coupon_cny', 'settled_gmv_7d_cny', 'settled_gmv_14d_cny',
        'refund_7d_cny', 'refund_14d_cny', 'claimed_new_customers', 'room_orders', 'room_gmv_cny'
    ]) -}}
{%- endmacro %}

{# The measure in the type that it is published in. #}
{% macro ad_measure(measure, expr=none) -%}
cast({{ expr or measure }} as {{ 'decimal(18, 2)' if measure.endswith('_cny') else 'bigint' }}) as {{ measure }}
{%- endmacro %}

{# sum(measure) as measure, for all of them. #}
{% macro sum_ad_measures() -%}
{%- for measure in ad_measures() -%}
sum({{ measure }}) as {{ measure }}{{ ',\n        ' if not loop.last }}
{%- endfor -%}
{%- endmacro %}

{# True where any of them counts something. #}
{% macro any_ad_measure(aggregate=false) -%}
{%- for measure in ad_measures() -%}
coalesce({{ 'sum(' if aggregate }}{{ measure }}{{ ')' if aggregate }}, 0) <> 0{{ '\n            or ' if not loop.last }}
{%- endfor -%}
{%- endmacro %}

{# The columns that every staged ad report has, before its measures. #}
{% macro ad_report_columns() -%}
    {{- return([
        'platform', 'account_id', 'account_name', 'promotion', 'time_line', 'level', 'campaign_id', 'campaign_name', 'ad_key', 'ad_name',
        'creative_id', 'part_id', 'marketing_goal', 'grain', 'stat_at', 'stat_date', 'fetched_at', 'load_id', '_tiebreak_at', '_row_number'
    ]) -}}
{%- endmacro %}
