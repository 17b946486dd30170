{# The models that look at one journey, in the order in which they are told of. Markov looks at all journeys: see enrich/markov.py. #}
{% macro one_journey_models() -%}
    {{ return(['first', 'last', 'last_non_direct', 'linear', 'position', 'time_decay', 'shapley']) }}
{%- endmacro %}

{# Whether a model gives a touch anything. The others give every touch something. #}
{% macro attribution_touched(model) -%}
case {{ model }}
            when 'first' then touch_rank = 1
            when 'last' then touch_rank = journey_length
            when 'last_non_direct' then touch_rank = last_non_direct_rank
            when 'time_decay' then decay_weight > 0
            else true
        end
{%- endmacro %}

{# What a touch is worth beside the newest one of its journey, in billionths: half for each half-life that it is older. #}
{% macro decay_weight(older, newest) -%}
cast(round(1000000000 * power(
            cast(0.5 as double), coalesce({{ dbt.datediff(older, newest, 'second') }}, 0) / cast({{ 86400 * var('attribution_half_life_days') }} as double)
        )) as bigint)
{%- endmacro %}

{# The outcome of a journey as its period tells it: a null journey whose look-back is not over on as_of may still become an order. #}
{% macro outcome_by_then(outcome, is_open) -%}
case when {{ is_open }} and {{ outcome }} = 'none' then 'open' else {{ outcome }} end
{%- endmacro %}

{# One step of a path. A '>' of the channel's own name is doubled, so that ' > ' stands between steps only. #}
{% macro path_step(channel) -%}
replace({{ channel }}, '>', '>>')
{%- endmacro %}
