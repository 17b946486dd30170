{#- One person behind several identities: the connected components of the identity links. Ids arrive as keyed pseudonyms. -#}
{{- config(materialized='keyed', key=['identity_type', 'identity_id']) -}}
{%- set touched -%}
    with touched as (
        select left_type as identity_type, left_id as identity_id from {{ changes('stg_crm__identity_links') }}
        union all
        select right_type as identity_type, right_id as identity_id from {{ changes('stg_crm__identity_links') }}
        union all
        -- once more seen, an identity is who it was; the last that was seen of it may have gone
        select seen.identity_type, seen.identity_id
        from (
            select identity_type, identity_id, _is_new
            from {{ changes('stg_web__touchpoints', of=['event_id', 'identity_type', 'identity_id']) }}
            where identity_id is not null
            union all
            select 'open_id' as identity_type, open_id as identity_id, _is_new
            from {{ changes('int_order_lines_merged', of=['platform', 'sub_order_id', 'open_id']) }}
            where open_id is not null
        ) as seen
        left join {{ this }} as known on seen.identity_type = known.identity_type and seen.identity_id = known.identity_id
        where known.identity_id is null or not seen._is_new
    )
    select identity_type, identity_id from touched
    union all
    -- everybody who was one person with them so far
    select identity_type, identity_id from {{ this }}
    where customer_key in (select customer_key from {{ this }} where (identity_type, identity_id) in (select identity_type, identity_id from touched))
{%- endset -%}
{{- reopen(touched) -}}
with links as (
    select * from {{ ref('stg_crm__identity_links') }}
    {{ only_reopened(['left_type', 'left_id'], keys=['identity_type', 'identity_id']) }}
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
    where identity_id is not null {{ only_reopened(['identity_type', 'identity_id'], also='and') }}
    union distinct
    select
        'open_id' as identity_type,
        open_id as identity_id
    from {{ ref('int_order_lines_merged') }}
    where open_id is not null {{ only_reopened(["'open_id'", 'open_id'], keys=['identity_type', 'identity_id'], also='and') }}
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
