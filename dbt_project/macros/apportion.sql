{# Largest remainder (最大余数法): shares an integer amount over the rows of a group by integer weights so that the parts sum to
   the amount exactly. Integers only: no float can leak a cent. Three steps, because a window cannot stand in a window:
   apportion_floor and apportion_remainder in one CTE, apportion_final in the next. Amounts below zero are shared as their
   absolute value and the sign given back. Products are decimals of 38 digits, so that one absurd amount in an export stops no build. #}
{% macro apportion_floor(amount, weight, total_weight) -%}
    {%- set product = weighed(amount, weight) -%}
cast(round(({{ product }} - {{ product }} % {{ total_weight }}) / {{ total_weight }}) as bigint)
{%- endmacro %}

{% macro apportion_remainder(amount, weight, total_weight) -%}
{{ weighed(amount, weight) }} % {{ total_weight }}
{%- endmacro %}

{% macro weighed(amount, weight) -%}
    {%- if weight == '1' -%}
        abs({{ amount }})
    {%- else -%}
        (cast(abs({{ amount }}) as decimal(38, 0)) * ({{ weight }}))
    {%- endif -%}
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

{# Largest remainder over `count` equal parts, the part at `place` (1, 2, ...): all remainders are the same, so what is left goes
   to the first places. No window is needed. #}
{% macro apportion_equal(amount, count, place) -%}
case when {{ amount }} < 0 then -1 else 1 end * (
            {{ apportion_floor(amount, '1', count) }} + case when {{ place }} <= abs({{ amount }}) % {{ count }} then 1 else 0 end
        )
{%- endmacro %}

{# Largest remainder over 40 % for either end and 20 % for all between (half each for two, all for one), the part at `place`.
   `between` = max(count - 2, 1). The ends weigh 2 x between and the others 1, of 5 x between; who comes first when the rest is
   handed out follows from the two remainders alone, so no window is needed. #}
{% macro apportion_ends(amount, count, between, place) -%}
    {%- set size = 'abs(' ~ amount ~ ')' -%}
    {%- set end_rest = '(' ~ size ~ ' * 2 * ' ~ between ~ ') % (5 * ' ~ between ~ ')' -%}
    {%- set inner_rest = size ~ ' % (5 * ' ~ between ~ ')' -%}
    {%- set rest = 'cast(round((2 * (' ~ end_rest ~ ') + ' ~ between ~ ' * (' ~ inner_rest ~ ')) / (5 * ' ~ between ~ ')) as bigint)' -%}
case
            when {{ count }} <= 2 then {{ apportion_equal(amount, count, place) }}
            when {{ place }} = 1 or {{ place }} = {{ count }} then case when {{ amount }} < 0 then -1 else 1 end * (
                {{ apportion_floor(amount, '2 * ' ~ between, '(5 * ' ~ between ~ ')') }}
                + case
                    when case
                        when {{ end_rest }} > {{ inner_rest }} then case when {{ place }} = 1 then 1 else 2 end
                        when {{ end_rest }} = {{ inner_rest }} then {{ place }}
                        else case when {{ place }} = 1 then {{ count }} - 1 else {{ count }} end
                    end <= {{ rest }} then 1
                    else 0
                end
            )
            else case when {{ amount }} < 0 then -1 else 1 end * (
                {{ apportion_floor(amount, '1', '(5 * ' ~ between ~ ')') }}
                + case
                    when case
                        when {{ end_rest }} > {{ inner_rest }} then {{ place }} + 1
                        when {{ end_rest }} = {{ inner_rest }} then {{ place }}
                        else {{ place }} - 1
                    end <= {{ rest }} then 1
                    else 0
                end
            )
        end
{%- endmacro %}

{# A ratio of sums with six decimals; null when there is nothing below the line. #}
{% macro ratio(top, bottom) -%}
cast(round(cast({{ top }} as double) / nullif(cast({{ bottom }} as double), 0), 6) as decimal(18, 6))
{%- endmacro %}
