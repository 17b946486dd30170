{# A part of a score: 1 at 0 or below, 0 at the limit or above, straight between; null stays null (greatest and least pass over it). #}
{% macro part_of_limit(value, limit) -%}
case when {{ value }} is not null then least(greatest(1 - cast({{ value }} as decimal(18, 6)) / {{ limit }}, 0), 1) end
{%- endmacro %}

{# The weighted mean of a score's parts (0 to 1), times 100; a part that is not known weighs nothing, and without any the score is
   null. weights: part -> weight; the columns are <part>_part. #}
{% macro score_of_parts(weights) -%}
    {%- set points, known = [], [] -%}
    {%- for part, weight in weights.items() -%}
        {%- do points.append(weight ~ ' * coalesce(' ~ part ~ '_part, 0)') -%}
        {%- do known.append('case when ' ~ part ~ '_part is null then 0 else ' ~ weight ~ ' end') -%}
    {%- endfor -%}
cast(round(100.0 * ({{ points | join(' + ') }}) / nullif({{ known | join(' + ') }}, 0), 2) as decimal(18, 2))
{%- endmacro %}
