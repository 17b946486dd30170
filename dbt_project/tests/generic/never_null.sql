{# Columns that always say something; one scan for all of them instead of one test each. In a day's run only the rows that changed. #}
{% test never_null(model, columns) %}
{%- set changed = changed_rows(model) %}
select *
from {{ changed or model }}
where ({% for column in columns %}{{ column }} is null{{ ' or ' if not loop.last }}{% endfor %})
{%- if changed %} and _is_new{% endif %}
{% endtest %}
