{#- Creative within ad within campaign within account: what a whole has beyond its parts becomes a row `unallocated`, so that every
    level adds up to the level above it. A whole counts when it was fetched later than its parts, or within the hour before them and
    with no less spend; an older one says nothing about them. By the hour where both are, else as one row of the day. -#}
{{- config(materialized='keyed', key=['platform', 'account_id', 'stat_date']) -}}
{%- set touched -%}
    select platform, account_id, stat_date from {{ changes('int_ad_entities') }}
{%- endset -%}
{{- reopen(touched) -}}
{%- set day = ['maturity', 'platform', 'account_id', 'promotion', 'stat_date'] -%}
{%- set columns = day + ['campaign_id', 'ad_id', 'creative_id', 'grain', 'stat_at', 'time_line', 'fetched_at', 'oldest_age_days', 'is_remainder']
    + ad_measures() -%}
with entities as (
    select * from {{ ref('int_ad_entities') }}
    {{ only_reopened(['platform', 'account_id', 'stat_date']) }}
),

cells_of_creative as (
    select {{ columns | join(', ') }}
    from entities
    where level = 'creative'
),

{% for level, below, own in [
    ('ad', 'creative', ['campaign_id', 'ad_id']), ('campaign', 'ad', ['campaign_id']), ('account', 'campaign', [])
] -%}
{%- set key = day + own -%}
parts_of_{{ level }} as (
    select
        {{ key | join(', ') }},
        sum(spend_cny) as spend_cny,
        max(fetched_at) as fetched_at,
        max(case when grain = 'day' then 1 else 0 end) as has_days
    from cells_of_{{ below }}
    group by {{ key | join(', ') }}
),

wholes_of_{{ level }} as (
    select
        {{ key | join(', ') }},
        sum(spend_cny) as spend_cny,
        max(fetched_at) as fetched_at,
        {% for measure in ad_measures() -%}
        count({{ measure }}) > 0 as tells_{{ measure }},
        {% endfor -%}
        max(case when grain = 'hour' then 1 else 0 end) as has_hours
    from entities
    where level = '{{ level }}'
    group by {{ key | join(', ') }}
),

counted_{{ level }} as (
    select
        wholes.*,
        parts.platform is not null as has_parts,
        parts.platform is null or (wholes.has_hours = 1 and parts.has_days = 0) as is_by_hour
    from wholes_of_{{ level }} as wholes
    left join parts_of_{{ level }} as parts
        on {% for column in key %}wholes.{{ column }} = parts.{{ column }}{{ ' and ' if not loop.last }}{% endfor %}
    where
        parts.platform is null
        or wholes.fetched_at > parts.fetched_at
        or (wholes.fetched_at + interval 60 minute >= parts.fetched_at and wholes.spend_cny >= parts.spend_cny)
),

signed_{{ level }} as (
    {% for side, sign in [('entities', ''), ('cells_of_' ~ below, '-')] -%}
    select
        {% for column in key -%}
        counted.{{ column }},
        {% endfor -%}
        case when counted.is_by_hour then cells.grain else 'day' end as grain,
        case when counted.is_by_hour then cells.stat_at else cast(cells.stat_date as timestamp) end as stat_at,
        cells.time_line,
        cells.oldest_age_days,
        counted.fetched_at,
        counted.has_parts,
        counted.has_parts or cells.is_remainder as is_remainder,
        {% for measure in ad_measures() -%}
        case when counted.tells_{{ measure }} then {{ sign }}cells.{{ measure }} end as {{ measure }}{{ ',' if not loop.last }}
        {% endfor %}
    from {{ side }} as cells
    inner join counted_{{ level }} as counted
        on {% for column in key %}cells.{{ column }} = counted.{{ column }}{{ ' and ' if not loop.last }}{% endfor %}
    {% if side == 'entities' -%}
    where cells.level = '{{ level }}'
    union all
    {% endif -%}
    {% endfor %}
),

cells_of_{{ level }} as (
    select {{ columns | join(', ') }} from cells_of_{{ below }}
    union all
    select
        {{ day | join(', ') }},
        {% for column in ['campaign_id', 'ad_id', 'creative_id'] -%}
        {{ column if column in own else "'unallocated' as " ~ column }},
        {% endfor -%}
        grain,
        stat_at,
        max(time_line) as time_line,
        max(fetched_at) as fetched_at,
        max(oldest_age_days) as oldest_age_days,
        is_remainder,
        {{ sum_ad_measures() }}
    from signed_{{ level }}
    group by {{ key | join(', ') }}, grain, stat_at, has_parts, is_remainder
    having
        not has_parts
        or {{ any_ad_measure(aggregate=true) }}
),

{% endfor -%}
final as (
    select * from cells_of_account
)

select * from final
