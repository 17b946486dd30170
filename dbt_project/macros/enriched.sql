{# Tables that enrich/ computes between two halves of a build (docs/incremental.md): the table, and what of it changed in this run. #}
{% macro enriched(name) -%}
    {{ return(source('enriched', name)) }}
{%- endmacro %}

{% macro enriched_changes(name) -%}
    {%- set table = source('enriched', name) -%}
    {{ return(api.Relation.create(database=table.database, schema='changes', identifier=name)) }}
{%- endmacro %}
