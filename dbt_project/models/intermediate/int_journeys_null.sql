{#- Null journeys (未转化路径): the touches of a customer that served no paid order, cut where the next one comes more than a look-back
    later. A later order needs no cut of its own: what it did not take is older than the look-back. Whether a journey is over or
    still open depends on as_of alone and is asked further down. -#}
{{- config(materialized='keyed', key=['customer_key']) -}}
{%- set touched -%}
    select customer_key from {{ changes('fct_touchpoints') }} where customer_key is not null
    union all
    select customer_key from {{ changes('int_journey_touches') }}
{%- endset -%}
{{- reopen(touched) -}}
with served as (
    select distinct event_id
    from {{ ref('int_journey_touches') }}
    where is_paid {{ only_reopened(['customer_key'], also='and') }}
),

unserved as (
    select
        fct.customer_key,
        fct.event_id,
        fct.occurred_at,
        fct.channel
    from {{ picked('fct_touchpoints', ['customer_key', 'event_id', 'occurred_at', 'channel', 'event_type'], ['customer_key']) }} as fct
    inner join {{ ref('touch_event_types') }} as types on fct.event_type = types.event_type
    left join served on fct.event_id = served.event_id
    where
        fct.customer_key is not null
        and types.is_touch
        and served.event_id is null
),

ordered as (
    select
        *,
        lag(occurred_at) over (partition by customer_key order by occurred_at, event_id) as previous_at,
        lag(channel) over (partition by customer_key order by occurred_at, event_id) as previous_channel
    from unserved
),

cut as (
    select
        *,
        case
            when previous_at is null or occurred_at > previous_at + interval {{ var('attribution_lookback_days') }} day then 1
            else 0
        end as is_new_journey
    from ordered
),

numbered as (
    select
        customer_key,
        event_id,
        occurred_at,
        case when is_new_journey = 1 or channel <> previous_channel then {{ path_step('channel') }} end as new_step,
        sum(is_new_journey) over (
            partition by customer_key order by occurred_at, event_id rows between unbounded preceding and current row
        ) as journey_number,
        row_number() over (partition by customer_key order by occurred_at, event_id) as touch_rank
    from cut
),

final as (
    select
        customer_key,
        cast(journey_number as bigint) as journey_number,
        min(occurred_at) as first_touch_at,
        max(occurred_at) as last_touch_at,
        cast(max(occurred_at) as date) as last_touch_date,
        count(*) as touch_count,
        {{ join_rows('new_step', ' > ', 'touch_rank') }} as short_path
    from numbered
    group by customer_key, journey_number
)

select * from final
