{# The incremental contract (docs/incremental.md): a day's run computes only what the day's loads change, and ends with the same
   rows as a rebuild. Six ways to keep a table: `newest` (staging), `keyed`, `derived`, `summed`, `whole`, and `handed` (not kept: read
   by a step of enrich/).

   In a day's run every model leaves changes.<model>: the rows that it took away and the rows that it put in, all columns.
   Models below read from there which of their own keys they have to compute again. #}

{# True in a run that continues the last build; false in a rebuild, where everything is computed. Whoever prepares the file
   says so in raw.run (warehouse/continuing.py), and tells every node of the build by FUPAN_CONTINUES: to ask the file once
   for each would be a third of a small build. By hand, without the variable, the file is asked. #}
{% macro continues() %}{{ return(adapter.dispatch('continues', 'fupan')()) }}{% endmacro %}
{% macro spark__continues() %}{{ return(false) }}{% endmacro %}
{% macro default__continues() -%}
    {%- if not execute or flags.WHICH not in ('build', 'run', 'test') -%}{{ return(false) }}{%- endif -%}
    {%- set told = env_var('FUPAN_CONTINUES', '') -%}
    {%- if told -%}{{ return(told == 'true') }}{%- endif -%}
    {%- set there = run_query("select count(*) from duckdb_tables() where schema_name = 'raw' and table_name = 'run'") -%}
    {%- if there.rows[0][0] == 0 -%}{{ return(false) }}{%- endif -%}
    {{ return(run_query('select continues from raw.run').rows[0][0]) }}
{%- endmacro %}

{# What a run keeps of a table beside it: rows that went and came (changes), keys computed again (reopened), all rows of the keys that
   changed, as they are (replaced) and as they were (before). All columns are the table's; enrich/run.py has the list. #}
{% macro of_this_run(kept, relation) -%}
    {{ return(api.Relation.create(database=relation.database, schema=kept, identifier=relation.identifier)) }}
{%- endmacro %}

{# The rows that a model above took away or put in: a relation with that model's columns. of: the columns that the asker reads; rows
   that came back with the same values in all of these are left out, as those of an order that a newer export only repeats. #}
{% macro changes(model_name, of=none) -%}
    {%- set changed = of_this_run('changes', ref(model_name)) -%}
    {%- if of is none %}{{ return(changed) }}{% endif -%}
    (
        select {{ of | join(', ') }}, sum(case when _is_new then 1 else -1 end) > 0 as _is_new from {{ changed }}
        group by {{ of | join(', ') }}
        having sum(case when _is_new then 1 else -1 end) <> 0
    )
{%- endmacro %}

{# The keys that this run computes again. Call it first in the model, with a query of the key columns over changes(...).
   The query is only run in a day's run. #}
{% macro reopen(query) -%}
    {%- if continues() -%}
        {%- do run_statement('create or replace table ' ~ of_this_run('reopened', this) ~ ' as select distinct * from (' ~ query ~ ') as touched') -%}
    {%- endif -%}
{%- endmacro %}

{# `where`/`and` columns in the reopened keys; nothing in a rebuild. columns: as the input spells them; keys: as the reopened
   keys are spelled, if that differs. Keys are never null. #}
{% macro only_reopened(columns, keys=none, also='where') -%}
    {%- if continues() -%}
        {{ also }} ({{ columns | join(', ') }}) in (select {{ (keys or columns) | join(', ') }} from {{ of_this_run('reopened', this) }})
    {%- endif -%}
{%- endmacro %}

{# Some columns of the reopened keys' rows of a model above, picked before the model's query runs: where two long tables are joined, DuckDB
   may else look for the keys in one of them and read the other whole. In a rebuild the model itself. #}
{% macro picked(model_name, columns, key) -%}
    {%- set above = ref(model_name) -%}
    {%- if not continues() %}{{ return(above) }}{% endif -%}
    {%- set rows = 'select ' ~ columns | join(', ') ~ ' from ' ~ above ~ ' where ' ~ in_keys(key, of_this_run('reopened', this)) -%}
    {%- set kept = api.Relation.create(database=this.database, schema='picked', identifier=this.identifier ~ '__' ~ model_name) -%}
    {%- do run_statement('create or replace table ' ~ kept ~ ' as ' ~ rows) -%}
    {{ return(kept) }}
{%- endmacro %}

{# What a derived model reads of the model above: in a day's run all rows of the keys that changed there, which the run kept, instead of
   looking them up among the rows of years. In a rebuild the model itself. #}
{% macro changed_keys_of(model_name) -%}
    {%- set above = ref(model_name) -%}
    {{ return(of_this_run('replaced', above) if continues() else above) }}
{%- endmacro %}

{# What a summed model adds up: the rows that a model above put in (_sign = 1) and took away (_sign = -1); in a rebuild all its rows. #}
{% macro signed(model_name) -%}
    {%- set above = ref(model_name) -%}
    {%- if not continues() %}{{ return('(select *, 1 as _sign from ' ~ above ~ ')') }}{% endif -%}
    {{ return('(select *, case when _is_new then 1 else -1 end as _sign from ' ~ changes(model_name) ~ ')') }}
{%- endmacro %}

{# For tests: `where`/`and` columns among those of rows that changed in one of the models; nothing in a rebuild. What did not
   change was tested when it did. models: names, or (name, columns as that model spells them). #}
{% macro only_changed(models, columns, also='where') -%}
    {%- set queries = [] -%}
    {%- for model in models -%}
        {%- set name, spelled = (model, columns) if model is string else model -%}
        {%- do queries.append('select ' ~ spelled | join(', ') ~ ' from ' ~ changes(name)) -%}
    {%- endfor -%}
    {%- if continues() -%}
        {{ also }} ({{ columns | join(', ') }}) in ({{ queries | join(' union all ') }})
    {%- endif -%}
{%- endmacro %}

{# What orders the versions of a staged row, kept beside it so that a later load can be compared with it. #}
{% macro version_columns(relation=none, extra_order='cast(null as bigint)') -%}
    {%- set at = relation ~ '.' if relation else '' -%}
    {{ at }}_exported_at,
        {{ extra_order }} as _version_rank,
        {{ at }}_tiebreak_at,
        {{ at }}_load_id,
        {{ at }}_row_number
{%- endmacro %}

{# In a day's run the changed rows of a tested relation; none in a rebuild, and none for seeds, which only a rebuild loads. #}
{% macro changed_rows(relation) -%}
    {%- if not continues() or relation.schema == 'seeds' -%}{{ return(none) }}{%- endif -%}
    {{ return(of_this_run('changes', relation)) }}
{%- endmacro %}
