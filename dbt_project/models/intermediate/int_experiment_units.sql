{#- The units of the experiments: customers, each with their first assignment. All identities of a customer are one unit, so
    whoever was put into two variants under two identities is a crossover too. -#}
{{- config(materialized='keyed', key=['experiment_id', 'customer_key']) -}}
{%- set touched -%}
    with assignments as (
        select experiment_id, identity_type, identity_id, lone_customer_key from {{ changes('stg_shop__experiment_assignments') }}
        union all
        select experiment_id, identity_type, identity_id, lone_customer_key from {{ ref('stg_shop__experiment_assignments') }}
        where (identity_type, identity_id) in (select identity_type, identity_id from {{ changes('int_identities_resolved') }})
    )
    select experiment_id, lone_customer_key as customer_key from assignments
    union all
    -- whom these identities belong to now, and belonged to
    select assignments.experiment_id, people.customer_key
    from assignments
    inner join {{ ref('int_identities_resolved') }} as people
        on assignments.identity_type = people.identity_type and assignments.identity_id = people.identity_id
    union all
    select assignments.experiment_id, people.customer_key
    from assignments
    inner join {{ changes('int_identities_resolved') }} as people
        on assignments.identity_type = people.identity_type and assignments.identity_id = people.identity_id
    union all
    select experiment_id, customer_key from {{ this }}
    where experiment_id in (select experiment_id from {{ changes('stg_shop__experiments') }})
{%- endset -%}
{{- reopen(touched) -}}
with assignments as (
    select
        assignments.*,
        coalesce(people.customer_key, assignments.lone_customer_key) as customer_key
    from {{ ref('stg_shop__experiment_assignments') }} as assignments
    left join {{ ref('int_identities_resolved') }} as people
        on
            assignments.identity_type = people.identity_type
            and assignments.identity_id = people.identity_id
),

variants as (
    select * from {{ ref('stg_shop__experiments') }}
),

placed as (
    select
        assignments.experiment_id,
        assignments.customer_key,
        assignments.variant_id,
        assignments.assigned_at,
        variants.variant_id is not null as is_variant_known,
        variants.started_at,
        variants.ended_at
    from assignments
    left join variants
        on
            assignments.experiment_id = variants.experiment_id
            and assignments.variant_id = variants.variant_id
    {{ only_reopened(['assignments.experiment_id', 'customer_key'], keys=['experiment_id', 'customer_key']) }}
),

final as (
    select
        experiment_id,
        customer_key,
        min(variant_id) as variant_id,
        min(assigned_at) as assigned_at,
        max(ended_at) as ended_at,
        count(distinct variant_id) > 1 as is_crossover,
        -- a unit counts when it was assigned to a variant of the experiment, within the experiment
        coalesce(
            min(case when is_variant_known then 1 else 0 end) = 1
            and min(assigned_at) >= min(started_at)
            and (max(ended_at) is null or min(assigned_at) <= max(ended_at)),
            false
        ) as is_within
    from placed
    group by experiment_id, customer_key
)

select * from final
