{# Tables that continue from the last build (docs/incremental.md). All three compute `now__<model>`, compare it with the rows
   that stand there for the same keys, keep the difference in changes.<model>, and touch nothing that did not change. #}

{# newest: the newest version of each key over all loads. The model's SQL yields the newest version among the rows that the run
   reads (a day's run: new loads only); it is compared with the kept one by `version`, in which later rows come first. #}
{% materialization newest, adapter='duckdb' -%}
    {%- set key = config.require('key') -%}
    {%- set version = config.get('version', ['_exported_at', '_version_rank', '_tiebreak_at', '_load_id', '_row_number']) -%}
    {%- set target = this.incorporate(type='table') -%}
    {{ run_hooks(pre_hooks) }}
    {%- if not continues() -%}
        {%- do rebuild(target, sql) -%}
    {%- else -%}
        {%- set batch = fresh_temp('batch__' ~ this.identifier) -%}
        {%- set now = fresh_temp('now__' ~ this.identifier) -%}
        {%- do run_query(create_table_as(True, batch, sql)) -%}
        {%- set contest -%}
            select *
            from (
                select * from {{ batch }}
                union all by name
                select * from {{ target }} where {{ in_keys(key, batch) }}
            ) as versions
            qualify rank() over (
                partition by {{ key | join(', ') }}
                order by {% for column in version %}{{ column }} desc nulls last{{ ', ' if not loop.last }}{% endfor %}
            ) = 1
        {%- endset -%}
        {%- do run_query('create or replace temp table ' ~ now ~ ' as ' ~ contest) -%}
        {%- do replace_changed(target, now, batch, key) -%}
    {%- endif -%}
    {{ run_hooks(post_hooks) }}
    {{ adapter.commit() }}
    {{ return({'relations': [target]}) }}
{%- endmaterialization %}

{# keyed: the rows of a key are computed together. The model calls reopen() and filters its inputs by only_reopened(). #}
{% materialization keyed, adapter='duckdb' -%}
    {%- set key = config.require('key') -%}
    {%- set target = this.incorporate(type='table') -%}
    {{ run_hooks(pre_hooks) }}
    {%- if not continues() -%}
        {%- do rebuild(target, sql) -%}
    {%- else -%}
        {%- set now = fresh_temp('now__' ~ this.identifier) -%}
        {%- do run_query(create_table_as(True, now, sql)) -%}
        {%- do replace_changed(target, now, reopened(), key) -%}
    {%- endif -%}
    {{ run_hooks(post_hooks) }}
    {{ adapter.commit() }}
    {{ return({'relations': [target]}) }}
{%- endmaterialization %}

{# whole: a small table, computed whole in every run; the models below still hear only of what changed. #}
{% materialization whole, adapter='duckdb' -%}
    {%- set target = this.incorporate(type='table') -%}
    {{ run_hooks(pre_hooks) }}
    {%- if not continues() -%}
        {%- do rebuild(target, sql) -%}
    {%- else -%}
        {%- set now = fresh_temp('now__' ~ this.identifier) -%}
        {%- do run_query(create_table_as(True, now, sql)) -%}
        {%- do replace_changed(target, now, none, none) -%}
    {%- endif -%}
    {{ run_hooks(post_hooks) }}
    {{ adapter.commit() }}
    {{ return({'relations': [target]}) }}
{%- endmaterialization %}

{# Spark, for those who outgrow one machine, computes everything: plain tables under the same three names. #}
{% materialization newest, adapter='spark' -%}{{ return(materialization_table_spark()) }}{%- endmaterialization %}
{% materialization keyed, adapter='spark' -%}{{ return(materialization_table_spark()) }}{%- endmaterialization %}
{% materialization whole, adapter='spark' -%}{{ return(materialization_table_spark()) }}{%- endmaterialization %}

{% macro rebuild(target, sql) -%}
    {%- do run_query('drop table if exists ' ~ target) -%}
    {% call statement('main') %}{{ create_table_as(False, target, sql) }}{% endcall %}
{%- endmacro %}

{% macro fresh_temp(name) -%}
    {%- set temporary = api.Relation.create(identifier=name, type='table') -%}
    {%- do run_query('drop table if exists temp.' ~ temporary) -%}
    {{ return(temporary) }}
{%- endmacro %}

{% macro in_keys(key, relation) -%}
    ({{ key | join(', ') }}) in (select {{ key | join(', ') }} from {{ relation }})
{%- endmacro %}

{# Compare `now` with what stands in the target for the keys of `touched` (all rows if none), keep the difference, and put it in.
   Rows are compared whole, nulls as equal; a row that stands twice and should stand once is a difference. #}
{% macro replace_changed(target, now, touched, key) -%}
    {%- set changed = api.Relation.create(database=target.database, schema='changes', identifier=target.identifier) -%}
    {%- set before = 'select * from ' ~ target ~ ((' where ' ~ in_keys(key, touched)) if key else '') -%}
    {%- set columns = adapter.get_columns_in_relation(target) | map(attribute='quoted') | join(', ') -%}
    {%- do run_query('create or replace table ' ~ changed ~ ' as select *, false as _is_new from (' ~ before ~ ' except all select ' ~ columns ~ ' from ' ~ now ~ ') union all select *, true as _is_new from (select ' ~ columns ~ ' from ' ~ now ~ ' except all ' ~ before ~ ')') -%}
    {%- do run_query("insert into raw.model_keys values ('" ~ target.identifier ~ "', '" ~ (key or []) | join(', ') ~ "')") -%}
    {%- if key %}
        {%- do run_query('delete from ' ~ target ~ ' where ' ~ in_keys(key, changed)) -%}
        {% call statement('main') %}insert into {{ target }} select {{ columns }} from {{ now }} where {{ in_keys(key, changed) }}{% endcall %}
    {%- else %}
        {%- if run_query('select count(*) from ' ~ changed).rows[0][0] > 0 %}
            {%- do run_query('delete from ' ~ target) -%}
            {% call statement('main') %}insert into {{ target }} select {{ columns }} from {{ now }}{% endcall %}
        {%- else %}
            {% call statement('main') %}select 1{% endcall %}
        {%- endif %}
    {%- endif %}
{%- endmacro %}
