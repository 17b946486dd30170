{{- config(materialized='keyed', key=['experiment_id']) -}}
{%- set touched -%}
    select experiment_id from {{ changes('int_experiment_sums') }}
    union all
    select experiment_id from {{ changes('stg_shop__experiments') }}
    union all
    select experiment_id from {{ enriched_changes('experiment_statistics') }}
{%- endset -%}
{{- reopen(touched) -}}
{%- set figures = ['lift', 'lift_rate', 'ci_low', 'ci_high', 'cuped_lift', 'cuped_ci_low', 'cuped_ci_high', 'cuped_variance_share'] -%}
{%- set chances = ['p_value', 'p_adjusted', 'srm_p_value', 'cuped_p_value'] -%}
with sums as (
    select
        *,
        max(case when is_control then units end) over (partition by experiment_id, metric) as control_units
    from {{ ref('int_experiment_sums') }}
    {{ only_reopened(['experiment_id']) }}
),

statistics as (
    select * from {{ enriched('experiment_statistics') }}
    {{ only_reopened(['experiment_id']) }}
),

variants as (
    select
        *,
        min(case when is_ended then 1 else 0 end) over (partition by experiment_id) = 1 as is_over,
        sum(case when is_control then 1 else 0 end) over (partition by experiment_id) as controls,
        count(*) over (partition by experiment_id) as arms
    from {{ ref('stg_shop__experiments') }}
    {{ only_reopened(['experiment_id']) }}
),

joined as (
    select
        sums.*,
        variants.experiment_name,
        variants.subject,
        coalesce(variants.primary_metric = sums.metric, false) as is_primary,
        variants.started_at,
        variants.ended_at,
        variants.is_over,
        {% for column in figures + chances -%}
        statistics.{{ column }},
        {% endfor -%}
        -- why no verdict can be given, or not yet; what makes the numbers wrong comes before what makes them few
        case
            when variants.controls <> 1 then 'not one control'
            when variants.arms < 2 then 'nothing to compare with'
            when statistics.srm_p_value < {{ var('experiment_srm_alarm') }} then 'sample ratio mismatch'
            when sums.control_units = 0 or sums.units = 0 then 'a variant without units'
        end as fault,
        case
            when not variants.is_over then 'still running'
            when sums.units < {{ var('experiment_min_units') }} or sums.control_units < {{ var('experiment_min_units') }}
                then 'too few units'
            when statistics.p_adjusted is null and not sums.is_control then 'no variation to test'
            when statistics.p_adjusted >= {{ var('experiment_alpha') }} then 'not significant'
        end as doubt
    from sums
    inner join variants on sums.experiment_id = variants.experiment_id and sums.variant_id = variants.variant_id
    left join statistics
        on
            sums.experiment_id = statistics.experiment_id
            and sums.metric = statistics.metric and sums.variant_id = statistics.variant_id
),

judged as (
    select
        *,
        case
            when fault is not null then 'invalid'
            when is_control then null
            when doubt is not null then 'wait'
            when lift > 0 then 'keep'
            else 'drop'
        end as own_verdict
    from joined
),

-- the control is judged by the others: it goes when one of them is kept, and stays when all of them are dropped
final as (
    select
        experiment_id,
        metric,
        variant_id,
        experiment_name,
        subject,
        metric_kind,
        is_control,
        is_primary,
        started_at,
        ended_at,
        units as n,
        cast(value_sum as decimal(18, 2)) as total,
        cast(base_sum as decimal(18, 2)) as base_total,
        {{ ratio('value_sum', 'base_sum') }} as mean,
        {% for column in figures -%}
        cast(round({{ column }}, 6) as decimal(18, 6)) as {{ column }},
        {% endfor -%}
        {% for column in chances -%}
        cast(round({{ column }}, 9) as decimal(18, 9)) as {{ column }},
        {% endfor -%}
        crossover_units,
        outside_units,
        coalesce(
            own_verdict,
            case
                when max(case when own_verdict = 'keep' then 1 else 0 end) over arms_of_metric = 1 then 'drop'
                when min(case when own_verdict in ('wait', 'invalid') then 0 else 1 end) over arms_of_metric = 1 then 'keep'
                else 'wait'
            end
        ) as verdict,
        coalesce(fault, case when is_control then 'the control' end, doubt, 'significant') as verdict_reason
    from judged
    window arms_of_metric as (partition by experiment_id, metric)
)

select * from final
