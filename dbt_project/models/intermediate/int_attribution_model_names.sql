{#- The models that look at one journey, also on a day that has spend and no order. -#}
{{- config(materialized='whole') -}}
with final as (
    {% for model in one_journey_models() -%}
    select '{{ model }}' as model
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
)

select * from final
