{# Columns that always say something; one scan for all of them instead of one test each. #}
{% test never_null(model, columns) %}
select *
from {{ model }}
where {% for column in columns %}{{ column }} is null{{ ' or ' if not loop.last }}{% endfor %}
{% endtest %}
