{#- What each stage lost against the channel's own past: (benchmark rate x bottom - top) x GMV per unit of top, both over the
    trailing {{ var('funnel_benchmark_days') }} days, the day itself left out. GMV per unit of a stage already holds all later stages. -#}
{{- config(materialized='whole') -}}
{%- set steps = [
    ('clicks', 'clicks', 'exposures'),
    ('room_enters', 'room_enters', 'clicks'),
    ('product_clicks', 'product_clicks', 'coalesce(room_enters, clicks)'),
    ('orders_created', 'orders_created', 'coalesce(product_clicks, room_enters, clicks)'),
    ('orders_paid', 'orders_paid', 'orders_created'),
] -%}
with counts as (
    select * from {{ ref('int_funnel_counts') }}
),

steps as (
    {% for stage, top, bottom in steps -%}
    select
        date,
        channel,
        {{ loop.index }} as stage_number,
        '{{ stage }}' as stage,
        cast({{ top }} as double) as top,
        cast({{ bottom }} as double) as bottom,
        cast(gmv_cny as double) as gmv
    from counts
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

-- The calendar has no holes, so rows are days.
benchmarked as (
    select
        *,
        sum(top) over trailing_days as past_top,
        sum(bottom) over trailing_days as past_bottom,
        sum(gmv) over trailing_days as past_gmv
    from steps
    window trailing_days as (
        partition by channel, stage_number
        order by date nulls last
        rows between {{ var('funnel_benchmark_days') }} preceding and 1 preceding
    )
),

lost as (
    select
        *,
        past_top / nullif(past_bottom, 0) as benchmark_rate,
        {{ lost_at_benchmark() }} as lost_gmv
    from benchmarked
),

final as (
    select
        date,
        channel,
        stage as largest_leak,
        benchmark_rate,
        cast(round(lost_gmv, 2) as decimal(18, 2)) as lost_gmv_cny
    from lost
    where round(lost_gmv, 2) > 0
    qualify row_number() over (partition by date, channel order by round(lost_gmv, 2) desc nulls last, stage_number) = 1
)

select * from final
