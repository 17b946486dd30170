{# Hours from one moment to another with two decimals, below zero when the second is the earlier; null when either is not known. #}
{% macro hours_between(first, last) -%}
cast(round({{ dbt.datediff(first, last, 'second') }} / 3600.0, 2) as decimal(18, 2))
{%- endmacro %}

{# The same in minutes. #}
{% macro minutes_between(first, last) -%}
cast(round({{ dbt.datediff(first, last, 'second') }} / 60.0, 2) as decimal(18, 2))
{%- endmacro %}

{# The moment so many hours (a whole number or a column of them) after another. #}
{% macro hours_after(moment, hours) %}{{ return(adapter.dispatch('hours_after', 'fupan')(moment, hours)) }}{% endmacro %}
{% macro default__hours_after(moment, hours) %}({{ moment }} + to_hours(cast({{ hours }} as bigint))){% endmacro %}
{% macro spark__hours_after(moment, hours) %}timestampadd(HOUR, {{ hours }}, {{ moment }}){% endmacro %}

{# Midnight at the end of a day. #}
{% macro end_of_day(date) -%}
cast({{ date }} + interval 1 day as timestamp)
{%- endmacro %}

{# Aggregate: the value that the share `q` of the values lie below, interpolated; nulls are left out, null without any. #}
{% macro percentile(expr, q) -%}
cast(round(percentile_cont({{ q }}) within group (order by cast({{ expr }} as double)), 2) as decimal(18, 2))
{%- endmacro %}
