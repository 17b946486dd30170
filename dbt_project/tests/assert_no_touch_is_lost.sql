-- Every staged touch is published once: no channel rule and no identity drops or doubles one.
with staged as (
    select event_id from {{ ref('stg_web__touchpoints') }}
    {{ only_changed(['stg_web__touchpoints', 'fct_touchpoints'], ['event_id']) }}
),

published as (
    select event_id from {{ ref('fct_touchpoints') }}
    {{ only_changed(['stg_web__touchpoints', 'fct_touchpoints'], ['event_id']) }}
)

select coalesce(staged.event_id, published.event_id) as event_id
from staged
full outer join published on staged.event_id = published.event_id
where staged.event_id is null or published.event_id is null
