{# One row for each combination of the columns, and none of them null: the grain that the description states. In a day's run only
   the rows that changed are looked at. #}
{% test grain(model, columns) %}
{%- set changed = changed_rows(model) %}
select
    {{ columns | join(',\n    ') }},
    count(*) as row_count
from {{ model }}
{%- if changed %}
where ({{ columns | join(', ') }}) in (select {{ columns | join(', ') }} from {{ changed }})
{%- endif %}
group by {{ columns | join(', ') }}
having count(*) > 1 {% for column in columns %}or {{ column }} is null {% endfor %}
{%- if changed %}
union all
select
    {{ columns | join(',\n    ') }},
    1 as row_count
from {{ changed }}
where _is_new and ({% for column in columns %}{{ column }} is null{{ ' or ' if not loop.last }}{% endfor %})
{%- endif %}
{% endtest %}
