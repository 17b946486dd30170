{# Schemas are named as written (staging, intermediate, marts, seeds), without the target's name before them:
   readers query marts.attribution_channels, never dev_marts. #}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {{ (custom_schema_name or target.schema) | trim }}
{%- endmacro %}
