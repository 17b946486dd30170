{# Largest remainder (最大余数法): shares an integer amount over the rows of a group by integer weights so that the parts sum to
   the amount exactly. Integers only: no float can leak a cent. Three steps, because a window cannot stand in a window:
   apportion_floor and apportion_remainder in one CTE, apportion_final in the next. Amounts below zero are shared as their
   absolute value and the sign given back. abs(amount) * weight must stay below 9.2e18. #}
{% macro apportion_floor(amount, weight, total_weight) -%}
cast(round((abs({{ amount }}) * {{ weight }} - (abs({{ amount }}) * {{ weight }}) % {{ total_weight }}) / {{ total_weight }}) as bigint)
{%- endmacro %}

{% macro apportion_remainder(amount, weight, total_weight) -%}
(abs({{ amount }}) * {{ weight }}) % {{ total_weight }}
{%- endmacro %}

{% macro apportion_final(amount, floor_part, remainder, partition_by, tie_break) -%}
case when {{ amount }} < 0 then -1 else 1 end * (
            {{ floor_part }} + case
                when row_number() over (
                    partition by {{ partition_by }} order by {{ remainder }} desc nulls last, {{ tie_break }}
                ) <= abs({{ amount }}) - sum({{ floor_part }}) over (partition by {{ partition_by }})
                    then 1
                else 0
            end
        )
{%- endmacro %}

{# A ratio of sums with six decimals; null when there is nothing below the line. #}
{% macro ratio(top, bottom) -%}
cast(round(cast({{ top }} as double) / nullif(cast({{ bottom }} as double), 0), 6) as decimal(18, 6))
{%- endmacro %}
