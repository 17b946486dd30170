{{- config(materialized='keyed', key=['live_session_id']) -}}
{%- set touched -%}
    select live_session_id from {{ changes('stg_douyin__live_minutes') }}
    union all
    select live_session_id from {{ changes('stg_douyin__live_explanations') }}
{%- endset -%}
{{- reopen(touched) -}}
{#- column, metric of the big screen, type: the first ten are increments of the minute and add up, the others are levels -#}
{%- set metrics = [
    ('enters', 'watch_ucnt', 'bigint'),
    ('leaves', 'leave_ucnt', 'bigint'),
    ('comments', 'comment_cnt', 'bigint'),
    ('follows', 'incr_fans_cnt', 'bigint'),
    ('club_joins', 'fans_club_ucnt', 'bigint'),
    ('negative_feedbacks', 'negative_feedback_cnt', 'bigint'),
    ('paid_orders', 'pay_cnt', 'bigint'),
    ('buyers', 'pay_ucnt', 'bigint'),
    ('gmv_cny', 'pay_amt', 'decimal(18, 2)'),
    ('ad_spend_cny', 'stat_cost', 'decimal(18, 2)'),
    ('online', 'online_user_cnt', 'bigint'),
    ('avg_watch_seconds', 'per_capita_viewing_time', 'decimal(18, 2)'),
    ('viewing_rate', 'viewing_rate', 'decimal(18, 6)'),
    ('interaction_rate', 'interaction_rate', 'decimal(18, 6)'),
    ('follow_rate', 'attention_rate', 'decimal(18, 6)'),
    ('negative_feedback_rate', 'negative_feedback_rate', 'decimal(18, 6)'),
    ('product_click_rate', 'viewing_click_rate', 'decimal(18, 6)'),
    ('click_pay_rate', 'click_transaction_rate', 'decimal(18, 6)'),
    ('gpm_cny', 'gpm', 'decimal(18, 2)'),
    ('uv_value_cny', 'uv_value', 'decimal(18, 2)')
] -%}
with points as (
    select
        *,
        date_trunc('minute', minute_at) as whole_minute_at
    from {{ ref('stg_douyin__live_minutes') }}
    {{ only_reopened(['live_session_id']) }}
),

explanations as (
    select * from {{ ref('stg_douyin__live_explanations') }}
    {{ only_reopened(['live_session_id']) }}
),

-- Intervals shorter than a minute: increments add up; of a level the highest stands.
pivoted as (
    select
        live_session_id,
        whole_minute_at as minute_at,
        {% for column, metric, type in metrics -%}
        {{ 'sum' if loop.index <= 10 else 'max' }}(case when metric = '{{ metric }}' then value end) as {{ column }}{{ ',' if not loop.last }}
        {% endfor %}
    from points
    group by live_session_id, whole_minute_at
),

-- The product that is being explained; of two the one that was begun last.
explained as (
    select
        pivoted.live_session_id,
        pivoted.minute_at,
        explanations.product_id
    from pivoted
    inner join explanations
        on
            pivoted.live_session_id = explanations.live_session_id
            and pivoted.minute_at < coalesce(explanations.explain_ended_at, explanations.explain_started_at + interval 1 minute)
            and pivoted.minute_at + interval 1 minute > explanations.explain_started_at
    qualify row_number() over (
        partition by pivoted.live_session_id, pivoted.minute_at
        order by explanations.explain_started_at desc nulls last, explanations.product_id nulls last
    ) = 1
),

final as (
    select
        pivoted.live_session_id,
        pivoted.minute_at,
        {% for column, metric, type in metrics -%}
        cast(pivoted.{{ column }} as {{ type }}) as {{ column }},
        {% endfor -%}
        explained.product_id as explained_product_id
    from pivoted
    left join explained
        on pivoted.live_session_id = explained.live_session_id and pivoted.minute_at = explained.minute_at
)

select * from final
