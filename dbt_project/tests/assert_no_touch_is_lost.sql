-- Every staged touch is published once: no channel rule and no identity drops or doubles one.
select coalesce(staged.event_id, published.event_id) as event_id
from {{ ref('stg_web__touchpoints') }} as staged
full outer join {{ ref('fct_touchpoints') }} as published on staged.event_id = published.event_id
where staged.event_id is null or published.event_id is null
