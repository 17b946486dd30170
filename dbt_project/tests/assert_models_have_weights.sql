-- A model on show that weighs nothing, or weights of a model that is not on show.
with weighed as (
    select distinct model from {{ ref('int_attribution_weights') }}
    {{ only_changed(['int_attribution_weights'], ['platform', 'order_id']) }}
),

any_order as (
    select count(*) as order_count
    from {{ ref('int_orders') }}
    where is_paid {{ only_changed(['int_attribution_weights'], ['platform', 'order_id'], also='and') }}
)

select coalesce(models.model, weighed.model) as model
from {{ ref('int_attribution_model_names') }} as models
full outer join weighed on models.model = weighed.model
cross join any_order
where any_order.order_count > 0 and (models.model is null or weighed.model is null)
