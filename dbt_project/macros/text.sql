{# The first value of a query parameter of a URL (also after #), decoded and trimmed; null when absent, empty or an ad macro
   that was never expanded (__CID__). #}
{% macro url_parameter(url, name) -%}
    {%- set raw = "regexp_extract(" ~ url ~ ", '(?i)[?&#]" ~ name ~ "=([^&#]*)', 1)" -%}
    {{ known_id(percent_decode(raw)) }}
{%- endmacro %}

{# A text that may stand as an id: trimmed, not empty, not an unexpanded ad macro (__CID__, {cid}). #}
{% macro known_id(expr) -%}
nullif(case
            when left(trim({{ expr }}), 2) = '__' and right(trim({{ expr }}), 2) = '__' then ''
            when left(trim({{ expr }}), 1) = '{' and right(trim({{ expr }}), 1) = '}' then ''
            else trim({{ expr }})
        end, '')
{%- endmacro %}

{# yuan -> whole fen, and back. #}
{% macro to_fen(expr) %}cast(round(({{ expr }}) * 100) as bigint){% endmacro %}
{% macro to_cny(expr) %}cast(({{ expr }}) / 100.0 as decimal(18, 2)){% endmacro %}

{# The first part of a separated text; the text itself when there is no separator, null when it is null. #}
{% macro first_part(expr, separator) -%}
case when instr({{ expr }}, '{{ separator }}') > 0 then left({{ expr }}, instr({{ expr }}, '{{ separator }}') - 1) else {{ expr }} end
{%- endmacro %}
