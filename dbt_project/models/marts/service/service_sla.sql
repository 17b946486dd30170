{{- config(materialized='keyed', key=['date']) -}}
{%- set touched -%}
    select opened_date as date from {{ changes('fct_service_tickets') }}
{%- endset -%}
{{- reopen(touched) -}}
with tickets as (
    select * from {{ ref('fct_service_tickets') }}
    {{ only_reopened(['opened_date'], keys=['date']) }}
),

counted as (
    select
        opened_date as date,
        opened_hour as hour,
        channel,
        count(*) as tickets,
        sum(case when is_answered_in_time then 1 else 0 end) as answered_within_1h,
        count(is_answered_in_time) as answer_judged,
        sum(case when is_solved_in_time then 1 else 0 end) as solved_within_1h,
        count(is_solved_in_time) as solve_judged,
        sum(case when first_reply_at is null then 1 else 0 end) as unanswered,
        {{ percentile('reply_minutes', 0.5) }} as p50_reply_minutes,
        {{ percentile('reply_minutes', 0.9) }} as p90_reply_minutes,
        {{ percentile('solve_minutes', 0.5) }} as p50_solve_minutes,
        {{ percentile('solve_minutes', 0.9) }} as p90_solve_minutes,
        sum(case when is_priority then 1 else 0 end) as priority_tickets,
        sum(case when is_priority and is_answered_in_time then 1 else 0 end) as priority_answered_within_1h,
        sum(case when is_priority and is_answered_in_time is not null then 1 else 0 end) as priority_judged,
        {{ percentile('case when is_priority then reply_minutes end', 0.5) }} as priority_p50_reply_minutes
    from tickets
    group by opened_date, opened_hour, channel
),

final as (
    select
        date,
        hour,
        channel,
        cast(tickets as bigint) as tickets,
        cast(answered_within_1h as bigint) as answered_within_1h,
        {{ ratio('answered_within_1h', 'answer_judged') }} as answered_within_1h_rate,
        cast(solved_within_1h as bigint) as solved_within_1h,
        {{ ratio('solved_within_1h', 'solve_judged') }} as solved_within_1h_rate,
        cast(answer_judged as bigint) as answer_judged,
        cast(solve_judged as bigint) as solve_judged,
        cast(unanswered as bigint) as unanswered,
        p50_reply_minutes,
        p90_reply_minutes,
        p50_solve_minutes,
        p90_solve_minutes,
        cast(priority_tickets as bigint) as priority_tickets,
        cast(priority_answered_within_1h as bigint) as priority_answered_within_1h,
        {{ ratio('priority_answered_within_1h', 'priority_judged') }} as priority_answered_within_1h_rate,
        priority_p50_reply_minutes,
        -- members of the upper levels go first when their share in time is not below that of the others
        {{ ratio('priority_answered_within_1h', 'priority_judged') }}
        - {{ ratio('answered_within_1h - priority_answered_within_1h', 'answer_judged - priority_judged') }} as priority_lead_rate
    from counted
)

select * from final
