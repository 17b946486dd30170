{# Values of a platform's vocabulary that the seed does not know yet: kept, flagged, and listed here. #}
{% test known_vocabulary(model, flag, label) %}
select
    {{ label }},
    count(*) as row_count
from {{ model }}
where not {{ flag }}
group by {{ label }}
{% endtest %}
