{# Keeps the newest version of each key. Overlapping and corrected exports meet here: the newest export wins, whatever the
   order in which the files came; then (extra_order) the further state; then the later load; then the lower row. #}
{% macro newest_version(keys, extra_order=none) -%}
    qualify row_number() over (
        partition by {{ keys | join(', ') }}
        order by
            _exported_at desc nulls last,
            {% if extra_order %}{{ extra_order }} desc nulls last,{% endif %}
            _loaded_at desc nulls last,
            _load_id desc nulls last,
            _row_number desc nulls last
    ) = 1
{%- endmacro %}

{# The column of the newer of two versions of one row (aliases given), and the other's where the newer one does not know. #}
{% macro newer_of(column, first_alias, second_alias, second_is_newer) -%}
case
            when {{ second_is_newer }} then coalesce({{ second_alias }}.{{ column }}, {{ first_alias }}.{{ column }})
            else coalesce({{ first_alias }}.{{ column }}, {{ second_alias }}.{{ column }})
        end
{%- endmacro %}
