{{- config(materialized='keyed', key=['date']) -}}
{%- set window = var('return_window_days') -%}
{%- set exposure = var('return_exposure_days') -%}
{%- set baseline = var('return_baseline_days') -%}
{%- set floor = var('return_floor_lines') -%}
{#- the days that a day's figures reach: as exposure of its own window, and as the exposure of the windows of the baseline after it -#}
{%- set reach = window + baseline + exposure -%}
{%- set touched -%}
    with days as (
        select date from {{ changes('int_product_return_days') }}
        union all
        select days.date
        from {{ ref('int_product_return_days') }} as days
        where days.product_id in (select product_id from {{ changes('int_product_categories') }})
    )
    select dates.date
    from {{ ref('dim_date') }} as dates
    inner join (select distinct date from days) as touched
        on dates.date between touched.date and touched.date + interval {{ reach }} day
    union all
    select date from {{ changes('dim_date') }}
{%- endset -%}
{{- reopen(touched) -}}
with wanted as (
    select date from {{ ref('dim_date') }}
    {{ only_reopened(['date']) }}
),

days as (
    select
        daily.*,
        coalesce(products.category, 'unknown') as category
    from {{ ref('int_product_return_days') }} as daily
    left join {{ ref('int_product_categories') }} as products on daily.product_id = products.product_id
),

-- The baseline is the same rate at the ends of the windows before: returns of {{ baseline }} days over the exposure at each window's end.
summed as (
    select
        wanted.date,
        days.product_id,
        days.category,
        sum(case when days.date > wanted.date - interval {{ window }} day then days.returned_lines else 0 end) as returned_lines,
        sum(case when days.date > wanted.date - interval {{ exposure }} day then days.sold_lines else 0 end) as sold_lines,
        sum(case
            when days.date between wanted.date - interval {{ window + baseline - 1 }} day and wanted.date - interval {{ window }} day then days.returned_lines
            else 0
        end) as base_returned,
        sum({% for step in range(window, window + baseline, window) %}
            case
                when days.date between wanted.date - interval {{ step + exposure - 1 }} day and wanted.date - interval {{ step }} day then days.sold_lines
                else 0
            end{{ ' +' if not loop.last }}{% endfor %}
        ) as base_sold
    from wanted
    inner join days on days.date between wanted.date - interval {{ reach }} day and wanted.date
    group by wanted.date, days.product_id, days.category
),

compared as (
    select
        *,
        sum(returned_lines) over (partition by date, category) - returned_lines as category_returned,
        sum(sold_lines) over (partition by date, category) - sold_lines as category_sold
    from summed
),

rated as (
    select
        *,
        {{ ratio('returned_lines', 'sold_lines') }} as return_rate,
        {{ ratio('base_returned', 'base_sold') }} as own_baseline_rate,
        {{ ratio('category_returned', 'category_sold') }} as category_baseline_rate,
        -- against the higher of the two that have volume enough, and never against nothing: half a return is added
        greatest(
            case when base_sold >= {{ floor }} then (base_returned + 0.5) / nullif(base_sold + 1.0, 0) end,
            case when category_sold >= {{ floor }} then (category_returned + 0.5) / nullif(category_sold + 1.0, 0) end
        ) as expected_rate
    from compared
    where sold_lines > 0 or returned_lines > 0
),

scored as (
    select
        *,
        sold_lines >= {{ floor }} as is_enough,
        cast(round(
            (returned_lines - sold_lines * expected_rate) / nullif(sqrt(sold_lines * expected_rate * greatest(1 - expected_rate, 0.01)), 0), 4
        ) as decimal(18, 4)) as z
    from rated
),

final as (
    select
        product_id,
        date,
        category,
        cast(sold_lines as bigint) as sold_lines,
        cast(returned_lines as bigint) as returned_lines,
        return_rate,
        own_baseline_rate,
        category_baseline_rate,
        is_enough,
        z,
        case
            when not is_enough then 'none'
            when z >= 5 then 'red'
            when z >= 3 then 'orange'
            when z >= 2 then 'yellow'
            else 'none'
        end as alarm_level
    from scored
)

select * from final
