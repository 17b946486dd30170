{{- config(materialized='keyed', key=['date']) -}}
{%- set touched -%}
    select event_date as date from {{ changes('int_utm_faults') }}
    union all
    select stat_date as date from {{ changes('int_ad_days') }}
    union all
    select event_date as date from {{ changes('int_ad_touch_days') }}
{%- endset -%}
{{- reopen(touched) -}}
with faults as (
    select * from {{ ref('int_utm_faults') }}
    {{ only_reopened(['event_date'], keys=['date']) }}
),

spent as (
    select * from {{ ref('int_ad_days') }}
    where maturity = 'now' and spend_cny > 0 {{ only_reopened(['stat_date'], keys=['date'], also='and') }}
),

visited as (
    select * from {{ ref('int_ad_touch_days') }}
    {{ only_reopened(['event_date'], keys=['date']) }}
),

-- Money that no tagged visit follows: the ad is not tagged, or the platform tells of no ad at all.
spend_alone as (
    select
        spent.stat_date as date,
        case when spent.ad_id = 'unallocated' then 'spend_without_ad' else 'spend_without_visits' end as problem,
        case when spent.ad_id = 'unallocated' then spent.platform || ' ' || spent.account_id else spent.ad_id end as example,
        count(*) as affected,
        sum(spent.spend_cny) as spend_cny
    from spent
    left join visited on spent.stat_date = visited.event_date and spent.platform = visited.platform and spent.ad_id = visited.ad_id
    where visited.ad_id is null
    group by
        spent.stat_date, case when spent.ad_id = 'unallocated' then 'spend_without_ad' else 'spend_without_visits' end,
        case when spent.ad_id = 'unallocated' then spent.platform || ' ' || spent.account_id else spent.ad_id end
),

examples as (
    select
        date,
        problem,
        example,
        affected,
        spend_cny
    from spend_alone
    union all
    select
        event_date as date,
        problem,
        example,
        count(*) as affected,
        cast(null as decimal(18, 2)) as spend_cny
    from faults
    group by event_date, problem, example
),

-- The three that weigh most stand for the rest.
ranked as (
    select
        *,
        row_number() over (
            partition by date, problem order by spend_cny desc nulls last, affected desc, example nulls last
        ) as example_rank
    from examples
),

final as (
    select
        date,
        problem,
        cast(sum(affected) as bigint) as affected_count,
        cast(sum(spend_cny) as decimal(18, 2)) as spend_cny,
        cast(count(*) as bigint) as distinct_count,
        {{ join_rows("case when example_rank <= 3 then example end", ' | ', 'example_rank') }} as examples
    from ranked
    group by date, problem
)

select * from final
