{#- All that the statistics of an experiment need, in one row per metric and variant: counts, sums, sums of squares and cross
    products, exact in decimals. A metric is value / base: the base of a proportion or a mean is the unit itself. -#}
{{- config(materialized='keyed', key=['experiment_id']) -}}
{%- set touched -%}
    select experiment_id from {{ changes('int_experiment_outcomes') }}
    union all
    select experiment_id from {{ changes('stg_shop__experiments') }}
{%- endset -%}
{{- reopen(touched) -}}
{%- set metrics = [
    ('conversion_rate', 'proportion', 'case when orders > 0 then 1 else 0 end', '1'),
    ('click_rate', 'proportion', 'case when clicks > 0 then 1 else 0 end', '1'),
    ('orders_per_user', 'mean', 'orders', '1'),
    ('gmv_per_user', 'mean', 'gmv_cny', '1'),
    ('net_per_user', 'mean', 'net_cny', '1'),
    ('gmv_per_order', 'ratio', 'gmv_cny', 'orders'),
    ('clicks_per_impression', 'ratio', 'clicks', 'impressions'),
] -%}
with units as (
    select * from {{ ref('int_experiment_outcomes') }}
    {{ only_reopened(['experiment_id']) }}
),

variants as (
    select * from {{ ref('stg_shop__experiments') }}
    {{ only_reopened(['experiment_id']) }}
),

metrics as (
    {% for metric, kind, value, base in metrics -%}
    select
        '{{ metric }}' as metric,
        '{{ kind }}' as metric_kind
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

measured as (
    {% for metric, kind, value, base in metrics -%}
    select
        experiment_id,
        variant_id,
        '{{ metric }}' as metric,
        cast({{ value }} as decimal(18, 2)) as y,
        cast({{ base }} as decimal(18, 2)) as x,
        pre_gmv_cny as pre
    from units
    where is_within and not is_crossover
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

summed as (
    select
        experiment_id,
        variant_id,
        metric,
        count(*) as units,
        cast(sum(y) as decimal(38, 2)) as value_sum,
        cast(sum(x) as decimal(38, 2)) as base_sum,
        cast(sum(pre) as decimal(38, 2)) as pre_sum,
        cast(sum(y * y) as decimal(38, 4)) as value_squares,
        cast(sum(x * x) as decimal(38, 4)) as base_squares,
        cast(sum(pre * pre) as decimal(38, 4)) as pre_squares,
        cast(sum(y * x) as decimal(38, 4)) as value_base_products,
        cast(sum(y * pre) as decimal(38, 4)) as value_pre_products
    from measured
    group by experiment_id, variant_id, metric
),

left_out as (
    select
        experiment_id,
        sum(case when is_crossover then 1 else 0 end) as crossover_units,
        sum(case when not is_crossover and not is_within then 1 else 0 end) as outside_units
    from units
    group by experiment_id
),

-- a variant that got nobody has its rows too: its absence is what the sample ratio must show
final as (
    select
        variants.experiment_id,
        metrics.metric,
        variants.variant_id,
        metrics.metric_kind,
        variants.is_control,
        variants.planned_share,
        cast(coalesce(summed.units, 0) as bigint) as units,
        {% for column in ['value_sum', 'base_sum', 'pre_sum'] -%}
        coalesce(summed.{{ column }}, cast(0 as decimal(38, 2))) as {{ column }},
        {% endfor -%}
        {% for column in ['value_squares', 'base_squares', 'pre_squares', 'value_base_products', 'value_pre_products'] -%}
        coalesce(summed.{{ column }}, cast(0 as decimal(38, 4))) as {{ column }},
        {% endfor -%}
        cast(coalesce(left_out.crossover_units, 0) as bigint) as crossover_units,
        cast(coalesce(left_out.outside_units, 0) as bigint) as outside_units
    from variants
    cross join metrics
    left join summed
        on
            variants.experiment_id = summed.experiment_id
            and variants.variant_id = summed.variant_id
            and metrics.metric = summed.metric
    left join left_out on variants.experiment_id = left_out.experiment_id
)

select * from final
