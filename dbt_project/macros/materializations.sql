{# Tables that continue from the last build (docs/incremental.md). All but `handed` compute `now__<model>`, compare it with the rows
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
        {%- set batch = temporary('batch__' ~ this.identifier, sql) -%}
        {%- set contest -%}
            select *
            from (
                select * from {{ batch }}
                union all by name
                {{ that_stood(target) }}
            ) as versions
            qualify rank() over (
                partition by {{ key | join(', ') }}
                order by {% for column in version %}{{ column }} desc nulls last{{ ', ' if not loop.last }}{% endfor %}
            ) = 1
        {%- endset -%}
        {%- do compute_again(target, key, batch, contest) -%}
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
        {%- do compute_again(target, key, of_this_run('reopened', this), sql) -%}
    {%- endif -%}
    {{ run_hooks(post_hooks) }}
    {{ adapter.commit() }}
    {{ return({'relations': [target]}) }}
{%- endmaterialization %}

{# derived: a function of the rows that ONE model above (`of`) has for the same key, and of seeds. What it was for the keys that changed is
   computed from what they were, and not read: a table of credits is many times as long as that of the touches that they follow from. #}
{% materialization derived, adapter='duckdb' -%}
    {%- set key = config.require('key') -%}
    {%- set above = ref(config.require('of')) -%}
    {%- set target = this.incorporate(type='table') -%}
    {{ run_hooks(pre_hooks) }}
    {%- if not continues() -%}
        {%- do rebuild(target, sql) -%}
    {%- elif is_empty(of_this_run('changes', above)) %}{{ nothing_changed(target) }}{% else -%}
        {%- set as_it_was = sql | replace(of_this_run('replaced', above) | string, of_this_run('before', above) | string) -%}
        {%- set was = temporary('was__' ~ this.identifier, as_it_was) -%}
        {%- do replace_changed(target, temporary('now__' ~ this.identifier, sql), 'select * from ' ~ was, key, in_keys(key, of_this_run('changes', target))) -%}
    {%- endif -%}
    {{ run_hooks(post_hooks) }}
    {{ adapter.commit() }}
    {{ return({'relations': [target]}) }}
{%- endmaterialization %}

{# summed: counts and sums of the rows of models above, by key. The model's SQL adds up signed(...) rows, so that a day's run adds what
   came and subtracts what went, without a look at the rows that stayed. `rows`: the column that counts them; none left, no row. #}
{% materialization summed, adapter='duckdb' -%}
    {%- set key = config.require('key') -%}
    {%- set rows = config.require('rows') -%}
    {%- set target = this.incorporate(type='table') -%}
    {{ run_hooks(pre_hooks) }}
    {%- if not continues() -%}
        {%- do rebuild(target, sql) -%}
    {%- else -%}
        {%- set columns = adapter.get_columns_in_relation(target) -%}
        {%- set moved -%}
            select * from ({{ sql }}
            ) as moved
            where {% for column in columns if column.name not in key %}{{ column.quoted }} <> 0{{ ' or ' if not loop.last }}{% endfor %}
        {%- endset -%}
        {%- set batch = temporary('batch__' ~ this.identifier, moved) -%}
        {%- set together -%}
            select
                {% for column in columns -%}
                {{ column.quoted if column.name in key else 'cast(sum(' ~ column.quoted ~ ') as ' ~ column.data_type ~ ') as ' ~ column.quoted }}{{ ', ' if not loop.last }}
                {%- endfor %}
            from (
                select * from {{ batch }}
                union all by name
                {{ that_stood(target) }}
            ) as both_sides
            group by {{ key | join(', ') }}
            having sum({{ rows }}) <> 0
        {%- endset -%}
        {%- do compute_again(target, key, batch, together) -%}
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
        {%- do replace_changed(target, temporary('now__' ~ this.identifier, sql), 'select * from ' ~ target, none, none) -%}
    {%- endif -%}
    {{ run_hooks(post_hooks) }}
    {{ adapter.commit() }}
    {{ return({'relations': [target]}) }}
{%- endmaterialization %}

{# handed: what a step of enrich/ reads of long tables for the keys of the run, and nobody reads after it: a view over the reopened keys.
   In a day's run changes.<model> has these keys and no other columns. #}
{% materialization handed, adapter='duckdb' -%}
    {%- set target = this.incorporate(type='view') -%}
    {{ run_hooks(pre_hooks) }}
    {#- without the database's name, which is the file's and changes when the build is done -#}
    {% call statement('main') -%}
        create or replace view {{ target }} as ({{ sql | replace('"' ~ target.database ~ '".', '') }}
        )
    {%- endcall %}
    {%- if continues() -%}
        {%- do run_statement('create or replace table ' ~ of_this_run('changes', target) ~ ' as select *, true as _is_new from ' ~ of_this_run('reopened', this)) -%}
    {%- endif -%}
    {{ run_hooks(post_hooks) }}
    {{ adapter.commit() }}
    {{ return({'relations': [target]}) }}
{%- endmaterialization %}

{# Spark, for those who outgrow one machine, computes everything: plain tables under the same names. #}
{% materialization newest, adapter='spark' -%}{{ return(materialization_table_spark()) }}{%- endmaterialization %}
{% materialization keyed, adapter='spark' -%}{{ return(materialization_table_spark()) }}{%- endmaterialization %}
{% materialization derived, adapter='spark' -%}{{ return(materialization_table_spark()) }}{%- endmaterialization %}
{% materialization summed, adapter='spark' -%}{{ return(materialization_table_spark()) }}{%- endmaterialization %}
{% materialization handed, adapter='spark' -%}{{ return(materialization_table_spark()) }}{%- endmaterialization %}
{% materialization whole, adapter='spark' -%}{{ return(materialization_table_spark()) }}{%- endmaterialization %}

{% macro rebuild(target, sql) -%}
    {%- do run_statement('drop table if exists ' ~ target) -%}
    {% call statement('main') %}{{ create_table_as(False, target, sql) }}{% endcall %}
{%- endmacro %}

{# A statement that is asked for no answer: dbt guesses types of every answer's columns, which takes longer than most statements. #}
{% macro run_statement(sql) -%}
    {%- if execute %}{% call statement() %}{{ sql }}{% endcall %}{% endif -%}
{%- endmacro %}

{# The rows of a query, kept until the connection closes. #}
{% macro temporary(name, query) -%}
    {%- set rows = api.Relation.create(identifier=name, type='table') -%}
    {%- do run_statement('create or replace temp table ' ~ rows ~ ' as (' ~ query ~ '\n)') -%}
    {{ return(rows) }}
{%- endmacro %}

{% macro in_keys(key, relation) -%}
    ({{ key | join(', ') }}) in (select {{ key | join(', ') }} from {{ relation }})
{%- endmacro %}

{% macro is_empty(relation) -%}
    {{ return(run_query('select count(*) from ' ~ relation).rows[0][0] == 0) }}
{%- endmacro %}

{# A query of the rows that stood in a table for the keys that are computed again: compute_again() reads them once, with their places, for
   the model's query, for the comparison, and for the delete. To look for a day's keys among years three times was most of a day's work. #}
{% macro that_stood(target) -%}
    select * exclude (_place) from {{ stood(target) }}
{%- endmacro %}

{% macro stood(target) %}{{ return(api.Relation.create(identifier='stood__' ~ target.identifier, type='table')) }}{% endmacro %}

{# Put what `query` gives for the keys of a relation in the place of what stands there for them; without a key nothing is run. #}
{% macro compute_again(target, key, keys, query) -%}
    {%- if is_empty(keys) %}{{ nothing_changed(target) }}{% else -%}
        {%- do adapter.ensure_transaction() -%}  {#- until whose end a row stays in its place -#}
        {%- do temporary(stood(target).identifier, 'select *, rowid as _place from ' ~ target ~ ' where ' ~ in_keys(key, keys)) -%}
        {%- set places = 'rowid in (select _place from ' ~ stood(target) ~ ' where ' ~ in_keys(key, of_this_run('changes', target)) ~ ')' -%}
        {%- do replace_changed(target, temporary('now__' ~ this.identifier, query), that_stood(target), key, places) -%}
    {%- endif -%}
{%- endmacro %}

{# No key is to be computed again: the model's query is not even run. #}
{% macro nothing_changed(target) -%}
    {% call statement('main') -%}
        create or replace table {{ of_this_run('changes', target) }} as select *, false as _is_new from {{ target }} limit 0
    {%- endcall %}
{%- endmacro %}

{# Whether a derived model computes what it was from what this one was. #}
{% macro is_derived_from(relation) -%}
    {%- for node in graph.nodes.values() if node.config.get('of') == relation.identifier %}{{ return(true) }}{% endfor -%}
    {{ return(false) }}
{%- endmacro %}

{# Compare `now` with `was`, a query of what stands in the target for the keys that were computed, keep the difference, and put it in.
   gone: a condition that is true for the target's rows of the keys that changed.
   Rows are compared whole, nulls as equal; a row that stands twice and should stand once is a difference. Counted in one pass:
   the same by two `except all` takes six times as long. #}
{% macro replace_changed(target, now, was, key, gone) -%}
    {%- set changed, replaced = of_this_run('changes', target), of_this_run('replaced', target) -%}
    {#- without a contract the table's columns stand in the order of its query -#}
    {%- set columns = '*' if not config.get('contract').enforced else adapter.get_columns_in_relation(target) | map(attribute='quoted') | join(', ') -%}
    {%- set difference -%}
        create or replace table {{ changed }} as
        select counted.* exclude (_times), _times > 0 as _is_new
        from (
            select * exclude (_n), cast(sum(_n) as bigint) as _times
            from (
                select {{ columns }}, -1 as _n from ({{ was }}) as was
                union all
                select {{ columns }}, 1 as _n from {{ now }}
            ) as both_sides
            group by all
            having sum(_n) <> 0
        ) as counted, unnest(range(abs(_times))) as repeated
    {%- endset -%}
    {%- set differing = run_query(difference).rows[0][0] -%}
    {%- if not differing %}
        {% call statement('main') %}select 1{% endcall %}
    {%- elif key %}
        {%- if is_derived_from(target) -%}
            {%- do run_statement('create or replace table ' ~ of_this_run('before', target) ~ ' as select * from (' ~ was ~ ') as was where ' ~ in_keys(key, changed)) -%}
        {%- endif -%}
        {#- kept, so that whoever brings an older file up to this one reads these rows and not the history that they stand in -#}
        {%- do run_statement('create or replace table ' ~ replaced ~ ' as select ' ~ columns ~ ' from ' ~ now ~ ' where ' ~ in_keys(key, changed)) -%}
        {%- do run_statement('delete from ' ~ target ~ ' where ' ~ gone) -%}
        {% call statement('main') %}insert into {{ target }} from {{ replaced }}{% endcall %}
    {%- else %}
        {%- do run_statement('delete from ' ~ target) -%}
        {% call statement('main') %}insert into {{ target }} select {{ columns }} from {{ now }}{% endcall %}
    {%- endif %}
{%- endmacro %}
