{#- One person behind several identities: the connected components of the identity links. Ids arrive as keyed pseudonyms. -#}
with links as (
    select * from {{ ref('stg_crm__identity_links') }}
),

identities as (
    select
        left_type as identity_type,
        left_id as identity_id
    from links
    union distinct
    select
        right_type as identity_type,
        right_id as identity_id
    from links
    union distinct
    select
        identity_type,
        identity_id
    from {{ ref('stg_web__touchpoints') }}
    where identity_id is not null
    union distinct
    select
        'open_id' as identity_type,
        open_id as identity_id
    from {{ ref('int_order_lines_merged') }}
    where open_id is not null
),

edges as (
    select
        left_node as from_node,
        right_node as to_node
    from links
    union distinct
    select
        right_node as from_node,
        left_node as to_node
    from links
),

-- Only linked identities need the search; everyone else is a component of one.
linked_nodes as (
    select distinct from_node as node
    from edges
),

components as (
    {{ connected_components('linked_nodes', 'edges') }}
),

final as (
    select
        identities.identity_type,
        identities.identity_id,
        md5(coalesce(components.component, identities.identity_type || ':' || identities.identity_id)) as customer_key
    from identities
    left join components on identities.identity_type || ':' || identities.identity_id = components.node
)

select * from final
