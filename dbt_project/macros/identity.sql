{# Connected components of an undirected graph.
   nodes(node), edges(from_node, to_node) with each edge in both directions; answers the query text of (node, component),
   component = the smallest node that can be reached. Only a label smaller than the node it reaches is passed on: the
   smallest label of a component is smaller than every other node of it, so it still reaches all of them. #}
{% macro connected_components(nodes, edges) %}
    {{- return(adapter.dispatch('connected_components', 'fupan')(nodes, edges)) }}
{% endmacro %}

{% macro default__connected_components(nodes, edges) %}
    select
        node,
        min(label) as component
    from (
        with recursive reach(node, label) as (
            select
                node,
                node as label
            from {{ nodes }}
            union
            select
                {{ edges }}.to_node,
                reach.label
            from reach
            inner join {{ edges }} on reach.node = {{ edges }}.from_node
            where reach.label < {{ edges }}.to_node
        )

        select * from reach
    ) as reached
    group by node
{% endmacro %}

{# Spark's recursion has no UNION DISTINCT: a fixed number of rounds, and the test that no link joins two customers
   (assert_no_link_joins_two_customers) tells when a chain is longer than that. #}
{% macro spark__connected_components(nodes, edges) %}
    {%- set ns = namespace(sql='select node, node as label from ' ~ nodes) -%}
    {%- for round in range(var('identity_rounds')) -%}
        {%- set ns.sql -%}
        select l.node, least(l.label, coalesce(min(r.label), l.label)) as label
        from ({{ ns.sql }}) as l
        left join {{ edges }} as e on l.node = e.to_node
        left join ({{ ns.sql }}) as r on e.from_node = r.node
        group by l.node, l.label
        {%- endset -%}
    {%- endfor -%}
    select node, label as component from ({{ ns.sql }}) as settled
{% endmacro %}

{# The key of a customer: a hash of the smallest identity of the component; of an identity that is linked to no other, its own. #}
{% macro lone_customer_key(identity_type, identity_id) -%}
md5({{ identity_type }} || ':' || {{ identity_id }})
{%- endmacro %}
