{# Keeps the newest version of each key. Overlapping and corrected exports meet here: the newest export wins, whatever the
   order in which the files came; then (extra_order) the further state; then, for files that do not say when they were
   written, the later load; then the load's id, which is its content; then the lower row. For dated files the order of loading
   never matters: a rebuild loads in another order. #}
{% macro newest_version(keys, extra_order=none) -%}
    qualify row_number() over (
        partition by {{ keys | join(', ') }}
        order by
            _exported_at desc nulls last,
            {% if extra_order %}{{ extra_order }} desc nulls last,{% endif %}
            _tiebreak_at desc nulls last,
            _load_id desc nulls last,
            _row_number desc nulls last
    ) = 1
{%- endmacro %}
