{#- Joining credits with spend neither loses nor doubles either: per day and model, both sides sum to what they were. That the days' credits
    are all credits is asked of the whole table by the marts gate (channels_sum_to_credits). -#}
{%- set touched = [
    ('attribution_channels', ['paid_date']), ('int_attribution_days', ['paid_date']), ('fct_ad_hours', ['stat_date'])
] -%}
{%- set days = only_changed(touched, ['paid_date']) -%}
with channels as (
    select
        paid_date,
        model,
        sum(orders) as orders,
        sum(gmv_cny) as gmv_cny,
        sum(spend_cny) as spend_cny
    from {{ ref('attribution_channels') }}
    {{ days }}
    group by paid_date, model
),

credits as (
    select
        paid_date,
        model,
        sum(orders) as orders,
        sum(gmv_cny) as gmv_cny
    from {{ ref('int_attribution_days') }}
    {{ days }}
    group by paid_date, model
),

spend as (
    select
        ad_hours.stat_date as paid_date,
        models.model,
        sum(ad_hours.spend_cny) as spend_cny
    from {{ ref('fct_ad_hours') }} as ad_hours
    cross join {{ ref('int_attribution_model_names') }} as models
    {{ only_changed(touched, ['ad_hours.stat_date']) }}
    group by ad_hours.stat_date, models.model
)

select
    coalesce(channels.paid_date, credits.paid_date, spend.paid_date) as paid_date,
    coalesce(channels.model, credits.model, spend.model) as model
from channels
full outer join credits on channels.paid_date = credits.paid_date and channels.model = credits.model
full outer join spend on channels.paid_date = spend.paid_date and channels.model = spend.model
where
    coalesce(channels.orders, 0) is distinct from coalesce(credits.orders, 0)
    or coalesce(channels.gmv_cny, 0) is distinct from coalesce(credits.gmv_cny, 0)
    or coalesce(channels.spend_cny, 0) is distinct from coalesce(spend.spend_cny, 0)
