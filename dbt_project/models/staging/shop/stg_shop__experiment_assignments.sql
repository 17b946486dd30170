{{ config(materialized='newest', key=['experiment_id', 'variant_id', 'identity_type', 'identity_id', 'assigned_at']) }}
with source as (
    select * from {{ source('raw', 'shop__experiment_assignments') }}
),

newest as (
    select *
    from source
    {{ newest_version(['experiment_id', 'variant_id', 'identity_type', 'identity_id', 'assigned_at']) }}
),

final as (
    select
        experiment_id,
        variant_id,
        identity_type,
        identity_id,
        assigned_at,
        -- who is linked to nobody and was seen nowhere else is a customer too
        {{ lone_customer_key('identity_type', 'identity_id') }} as lone_customer_key,
        {{ version_columns() }}
    from newest
)

select * from final
