{#- Each week's cells (ad, audience, weekday type, hour): sums of the window before the week, known before it, and of the week itself, by
    which the advice is scored. Sums are decimal: whatever the order of the rows, the last digit is the same. -#}
{{- config(materialized='keyed', key=['week_start_date']) -}}
{%- set window_days, score_days = var('bid_window_days'), var('bid_score_days') -%}
{%- set touched -%}
    select weeks.week_start_date
    from {{ ref('int_bid_weeks') }} as weeks
    inner join (select distinct date from {{ changes('int_bid_facts') }}) as days
        on weeks.week_start_date between days.date - interval 6 day and days.date + interval {{ window_days }} day
    union all
    select week_start_date from {{ changes('int_bid_weeks') }}
{%- endset -%}
{{- reopen(touched) -}}
{%- set cell = ['week_start_date', 'platform', 'ad_id', 'audience_id', 'weekday_type', 'stat_hour'] -%}
with weeks as (
    select * from {{ ref('int_bid_weeks') }}
    {{ only_reopened(['week_start_date']) }}
),

placed as (
    select
        weeks.week_start_date,
        facts.platform,
        facts.ad_id,
        facts.audience_id,
        case when {{ iso_weekday('facts.date') }} >= 6 then 'weekend' else 'weekday' end as weekday_type,
        facts.stat_hour,
        facts.date,
        facts.date < weeks.week_start_date as is_before,
        facts.spend_cny,
        facts.orders,
        facts.gmv_cny,
        facts.gmv_squared
    from weeks
    inner join {{ ref('int_bid_facts') }} as facts
        on
            weeks.week_start_date - interval {{ window_days }} day <= facts.date
            and weeks.week_start_date + interval 7 day > facts.date
            and (
                (weeks.week_start_date > facts.date and weeks.week_start_date > facts.known_date)
                or (
                    weeks.week_start_date <= facts.date
                    and weeks.week_start_date + interval {{ 7 + score_days }} day > facts.known_date
                )
            )
),

days as (
    select
        {{ cell | join(', ') }},
        date,
        is_before,
        sum(spend_cny) as spend_cny,
        sum(orders) as orders,
        sum(gmv_cny) as gmv_cny,
        sum(gmv_squared) as gmv_squared
    from placed
    group by {{ cell | join(', ') }}, date, is_before
),

final as (
    select
        {{ cell | join(', ') }},
        {% for column, kind in [('spend_cny', 'decimal(18, 2)'), ('orders', 'bigint'), ('gmv_cny', 'decimal(18, 2)'), ('gmv_squared', 'decimal(38, 4)')] -%}
        cast(coalesce(sum(case when is_before then {{ column }} end), 0) as {{ kind }}) as {{ column }},
        {% endfor -%}
        count(case when is_before and spend_cny > 0 then 1 end) as spend_days,
        cast(coalesce(sum(case when is_before and spend_cny > 0 then gmv_cny end), 0) as decimal(18, 2)) as gmv_of_spend_days_cny,
        {% for name, one, other in [('spend_spend', 'spend_cny', 'spend_cny'), ('spend_gmv', 'spend_cny', 'gmv_cny'), ('gmv_gmv', 'gmv_cny', 'gmv_cny')] -%}
        cast(coalesce(sum(
            case when is_before and spend_cny > 0 then cast({{ one }} as decimal(18, 2)) * cast({{ other }} as decimal(18, 2)) end
        ), 0) as decimal(38, 4)) as {{ name }},
        {% endfor -%}
        cast(coalesce(sum(case when not is_before then spend_cny end), 0) as decimal(18, 2)) as score_spend_cny,
        cast(coalesce(sum(case when not is_before then orders end), 0) as bigint) as score_orders,
        cast(coalesce(sum(case when not is_before then gmv_cny end), 0) as decimal(18, 2)) as score_gmv_cny
    from days
    group by {{ cell | join(', ') }}
)

select * from final
