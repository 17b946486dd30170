-- A model on show that credits nothing, or credits of a model that is not on show.
with credited as (
    select distinct model from {{ ref('attribution_credits') }}
    {{ only_changed(['attribution_credits'], ['platform', 'order_id']) }}
),

any_order as (
    select count(*) as order_count
    from {{ ref('int_orders') }}
    where is_paid {{ only_changed(['attribution_credits'], ['platform', 'order_id'], also='and') }}
)

select coalesce(models.model, credited.model) as model
from {{ ref('int_attribution_model_names') }} as models
full outer join credited on models.model = credited.model
cross join any_order
where any_order.order_count > 0 and (models.model is null or credited.model is null)
