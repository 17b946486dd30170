{#- What each stage lost against the account's own past: (benchmark rate x bottom - top) x GMV per unit of top, both over the
    {{ var('funnel_benchmark_sessions') }} sessions before, counted on the same basis. -#}
{{- config(materialized='whole') -}}
{%- set steps = [
    ('room_enters', 'room_enters', 'coalesce(clicks, exposures)'),
    ('product_exposures', 'product_exposures', 'room_enters'),
    ('product_clicks', 'product_clicks', 'coalesce(product_exposures, room_enters)'),
    ('orders_created', 'orders_created', 'coalesce(product_clicks, room_enters)'),
    ('orders_paid', 'orders_paid', 'orders_created'),
] -%}
with counts as (
    select * from {{ ref('int_funnel_session_counts') }}
    -- rooms of nobody knows which account are no past of one another
    where started_at is not null and account_id <> 'unknown'
),

steps as (
    {% for stage, top, bottom in steps -%}
    select
        live_session_id,
        account_id,
        basis,
        orders_from,
        started_at,
        {{ loop.index }} as stage_number,
        '{{ stage }}' as stage,
        cast({{ top }} as double) as top,
        cast({{ bottom }} as double) as bottom,
        cast(gmv_cny as double) as gmv
    from counts
    where {{ top }} is not null
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

benchmarked as (
    select
        *,
        sum(top) over sessions_before as past_top,
        sum(bottom) over sessions_before as past_bottom,
        sum(gmv) over sessions_before as past_gmv
    from steps
    window sessions_before as (
        partition by account_id, basis, orders_from, stage_number
        order by started_at nulls last, live_session_id nulls last
        rows between {{ var('funnel_benchmark_sessions') }} preceding and 1 preceding
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
        live_session_id,
        stage as largest_leak,
        benchmark_rate,
        cast(round(lost_gmv, 2) as decimal(18, 2)) as lost_gmv_cny
    from lost
    where round(lost_gmv, 2) > 0
    qualify row_number() over (partition by live_session_id order by round(lost_gmv, 2) desc nulls last, stage_number) = 1
)

select * from final
