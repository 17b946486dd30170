{#- All eight models side by side: seven are sums of what each order gave, markov is the period's own. -#}
{{- config(materialized='keyed', key=['period_type', 'period']) -}}
{%- set touched -%}
    select period_type, period from {{ changes('channel_removal_effects') }}
    union all
    select period_type, period from {{ changes('int_attribution_spans') }}
    union all
    select spans.period_type, spans.period
    from {{ ref('int_attribution_spans') }} as spans
    inner join (select distinct paid_date from {{ changes('attribution_channels') }}) as days
        on days.paid_date between spans.first_date and spans.last_date
{%- endset -%}
{{- reopen(touched) -}}
with spans as (
    select * from {{ ref('int_attribution_spans') }}
    {{ only_reopened(['period_type', 'period']) }}
),

credited as (
    select
        spans.period_type,
        spans.period,
        days.channel,
        days.model,
        sum(days.orders) as orders,
        sum(days.gmv_cny) as gmv_cny,
        sum(days.spend_cny) as spend_cny
    from spans
    inner join {{ ref('attribution_channels') }} as days on days.paid_date between spans.first_date and spans.last_date
    group by spans.period_type, spans.period, days.channel, days.model
),

effects as (
    select * from {{ ref('channel_removal_effects') }}
    {{ only_reopened(['period_type', 'period']) }}
),

-- The spend of a channel is the same under every model; linear has every channel that has either.
linear as (
    select * from credited
    where model = 'linear'
),

population as (
    select
        coalesce(effects.period_type, linear.period_type) as period_type,
        coalesce(effects.period, linear.period) as period,
        coalesce(effects.channel, linear.channel) as channel,
        'markov' as model,
        coalesce(effects.credit_orders, 0) as orders,
        coalesce(effects.credit_gmv_cny, 0) as gmv_cny,
        coalesce(linear.spend_cny, 0) as spend_cny
    from effects
    full outer join linear
        on
            effects.period_type = linear.period_type
            and effects.period = linear.period
            and effects.channel = linear.channel
    -- as in the other models, a channel that neither earned nor cost anything has no row
    where linear.channel is not null or effects.credit_orders > 0
),

side_by_side as (
    select * from credited
    union all
    select * from population
),

final as (
    select
        side_by_side.period_type,
        side_by_side.period,
        spans.first_date,
        spans.last_date,
        side_by_side.channel,
        side_by_side.model,
        cast(side_by_side.orders as decimal(18, 9)) as orders,
        cast(side_by_side.gmv_cny as decimal(18, 2)) as gmv_cny,
        cast(side_by_side.spend_cny as decimal(18, 2)) as spend_cny,
        {{ ratio('side_by_side.gmv_cny', 'side_by_side.spend_cny') }} as roi,
        {{ ratio('side_by_side.spend_cny', 'side_by_side.orders') }} as cpa
    from side_by_side
    inner join spans on side_by_side.period_type = spans.period_type and side_by_side.period = spans.period
)

select * from final
