{# Keeps the newest version of each key. Overlapping and corrected exports meet here: the newest export wins, whatever the
   order in which the files came; then (extra_order) the further state; then the load's id, which is its content; then the lower row.
   When a file was loaded says nothing about which of two of the same age is right, and a rebuild loads in another order. #}
{% macro newest_version(keys, extra_order=none) -%}
    qualify row_number() over (
        partition by {{ keys | join(', ') }}
        order by
            _exported_at desc nulls last,
            {% if extra_order %}{{ extra_order }} desc nulls last,{% endif %}
            _load_id desc nulls last,
            _row_number desc nulls last
    ) = 1
{%- endmacro %}
