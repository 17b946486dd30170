{# One row for each combination of the columns, and none of them null: the grain that the description states. #}
{% test grain(model, columns) %}
select
    {{ columns | join(',\n    ') }},
    count(*) as row_count
from {{ model }}
group by {{ columns | join(', ') }}
having count(*) > 1 {% for column in columns %}or {{ column }} is null {% endfor %}
{% endtest %}
