-- The components are complete: both ends of every link belong to one customer.
select
    links.left_node,
    links.right_node
from {{ ref('stg_crm__identity_links') }} as links
left join {{ ref('int_identities_resolved') }} as left_side
    on links.left_type = left_side.identity_type and links.left_id = left_side.identity_id
left join {{ ref('int_identities_resolved') }} as right_side
    on links.right_type = right_side.identity_type and links.right_id = right_side.identity_id
where
    (left_side.customer_key is null or left_side.customer_key is distinct from right_side.customer_key)
    {{ only_changed(
        [
            ('stg_crm__identity_links', ['left_type', 'left_id']),
            ('int_identities_resolved', ['identity_type', 'identity_id'])
        ],
        ['links.left_type', 'links.left_id'], also='and'
    ) }}
