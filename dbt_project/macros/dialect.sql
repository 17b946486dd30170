{# The only place where DuckDB and Spark are spelled apart. Models call these; a convention test refuses the raw words. #}

{# Text with %XX and + decoded; what cannot be decoded (another encoding than UTF-8, a cut %) stays as it was. #}
{% macro percent_decode(expr) %}{{ return(adapter.dispatch('percent_decode', 'fupan')(expr)) }}{% endmacro %}
{% macro default__percent_decode(expr) %}coalesce(try(url_decode(replace({{ expr }}, '+', ' '))), {{ expr }}){% endmacro %}
{% macro spark__percent_decode(expr) %}coalesce(try_url_decode({{ expr }}), {{ expr }}){% endmacro %}

{# One output row for each part of a separated text (use as a projection). #}
{% macro split_to_rows(expr, separator) %}{{ return(adapter.dispatch('split_to_rows', 'fupan')(expr, separator)) }}{% endmacro %}
{% macro default__split_to_rows(expr, separator) %}unnest(string_split({{ expr }}, '{{ separator }}')){% endmacro %}
{% macro spark__split_to_rows(expr, separator) %}explode(split({{ expr }}, '{{ separator }}')){% endmacro %}

{# Aggregate: texts joined in the order of an integer rank, nulls left out. In DuckDB a list that is sorted takes half the time of
   `string_agg(... order by ...)`, which sorts each group's rows as a table of their own. #}
{% macro join_rows(expr, separator, rank) %}{{ return(adapter.dispatch('join_rows', 'fupan')(expr, separator, rank)) }}{% endmacro %}
{% macro default__join_rows(expr, separator, rank) -%}
array_to_string(list_transform(list_sort(list({'r': {{ rank }}, 'v': {{ expr }}}) filter (where {{ expr }} is not null)), lambda s: struct_extract(s, 'v')), '{{ separator }}')
{%- endmacro %}
{% macro spark__join_rows(expr, separator, rank) -%}
array_join(transform(array_sort(collect_list(struct({{ rank }} as r, {{ expr }} as v))), s -> s.v), '{{ separator }}')
{%- endmacro %}

{# One output row for each day from first to last, both included (use as a projection); none when a bound is null. #}
{% macro days_between(first_date, last_date) %}{{ return(adapter.dispatch('days_between', 'fupan')(first_date, last_date)) }}{% endmacro %}
{% macro default__days_between(first_date, last_date) -%}
unnest(generate_series(cast({{ first_date }} as timestamp), cast({{ last_date }} as timestamp), interval 1 day))
{%- endmacro %}
{% macro spark__days_between(first_date, last_date) %}explode(sequence({{ first_date }}, {{ last_date }}, interval 1 day)){% endmacro %}

{# 1 = Monday ... 7 = Sunday. #}
{% macro iso_weekday(expr) %}{{ return(adapter.dispatch('iso_weekday', 'fupan')(expr)) }}{% endmacro %}
{% macro default__iso_weekday(expr) %}isodow({{ expr }}){% endmacro %}
{% macro spark__iso_weekday(expr) %}(weekday({{ expr }}) + 1){% endmacro %}
