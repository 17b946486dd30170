{#- What a cell's ROI most likely is. Few orders say little, so the cell's own ROI is drawn towards its ad's: empirical Bayes by moments.
      sampling variance of a cell's ROI = sigma2 / spend,  sigma2 = sum(order value squared) / spend  (compound Poisson)
      tau2 = variance of true ROI between the cells of one ad, pooled over the platform's ads = (Q - df x sigma2) / C, at least 0
      weight of the cell's own ROI = spend / (spend + sigma2 / tau2)
    The marginal ROI is the slope of GMV on spend over the days of the cell, with its standard error. -#}
{{- config(materialized='keyed', key=['week_start_date']) -}}
{%- set touched -%}
    select week_start_date from {{ changes('int_bid_cells') }}
{%- endset -%}
{{- reopen(touched) -}}
with cells as (
    select
        *,
        cast(spend_cny as double) as spend,
        cast(gmv_cny as double) as gmv
    from {{ ref('int_bid_cells') }}
    {{ only_reopened(['week_start_date']) }}
),

-- Terms are made decimal before they are summed, so that no order of rows shows in the last digit.
ads as (
    select
        week_start_date,
        platform,
        ad_id,
        sum(orders) as ad_orders,
        sum(spend_cny) as ad_spend_cny,
        sum(gmv_cny) as ad_gmv_cny,
        sum(gmv_squared) as ad_gmv_squared,
        count(*) as ad_cells,
        sum(cast(gmv * gmv / nullif(spend, 0) as decimal(38, 6))) as ad_gmv2_by_spend,
        sum(cast(spend * spend as decimal(38, 4))) as ad_spend2
    from cells
    where spend_cny > 0
    group by week_start_date, platform, ad_id
),

ad_terms as (
    select
        *,
        cast(
            cast(ad_gmv2_by_spend as double)
            - cast(ad_gmv_cny as double) * cast(ad_gmv_cny as double) / nullif(cast(ad_spend_cny as double), 0) as decimal(38, 6)
        ) as q_term,
        cast(
            cast(ad_spend_cny as double) - cast(ad_spend2 as double) / nullif(cast(ad_spend_cny as double), 0) as decimal(38, 6)
        ) as c_term
    from ads
),

pools as (
    select
        week_start_date,
        platform,
        cast(sum(ad_gmv_squared) as double) / nullif(cast(sum(ad_spend_cny) as double), 0) as sigma2,
        cast(sum(q_term) as double) as q,
        cast(sum(c_term) as double) as c,
        cast(sum(ad_cells - 1) as double) as df
    from ad_terms
    group by week_start_date, platform
),

spread as (
    select
        *,
        greatest(coalesce((q - df * sigma2) / nullif(c, 0), 0), 0) as tau2
    from pools
),

estimated as (
    select
        cells.*,
        ads.ad_orders,
        cast(ads.ad_gmv_cny as double) / nullif(cast(ads.ad_spend_cny as double), 0) as prior_mean,
        case when spread.tau2 > 0 then cells.spend / nullif(cells.spend + spread.sigma2 / nullif(spread.tau2, 0), 0) else 0 end as own_weight,
        cast(cells.spend_spend as double) - cells.spend * cells.spend / nullif(cells.spend_days, 0) as sxx,
        cast(cells.spend_gmv as double) - cells.spend * cast(cells.gmv_of_spend_days_cny as double) / nullif(cells.spend_days, 0) as sxy,
        cast(cells.gmv_gmv as double)
        - cast(cells.gmv_of_spend_days_cny as double) * cast(cells.gmv_of_spend_days_cny as double) / nullif(cells.spend_days, 0) as syy
    from cells
    left join ads
        on cells.week_start_date = ads.week_start_date and cells.platform = ads.platform and cells.ad_id = ads.ad_id
    left join spread on cells.week_start_date = spread.week_start_date and cells.platform = spread.platform
),

-- A slope needs days enough, and spend that was not the same on all of them (a fifth of its mean, at least).
sloped as (
    select
        *,
        case
            when
                spend_days >= {{ var('bid_marginal_min_days') }}
                and sxx * spend_days >= 0.04 * spend * spend
                then sxy / nullif(sxx, 0)
        end as slope
    from estimated
),

final as (
    select
        {% for column in [
            'week_start_date', 'platform', 'ad_id', 'audience_id', 'weekday_type', 'stat_hour', 'spend_cny', 'orders', 'gmv_cny', 'spend_days',
            'score_spend_cny', 'score_orders', 'score_gmv_cny'
        ] -%}
        {{ column }},
        {% endfor -%}
        coalesce(ad_orders, 0) as ad_orders,
        {{ ratio('gmv_cny', 'spend_cny') }} as roi,
        cast(round(prior_mean, 6) as decimal(18, 6)) as prior_roi,
        cast(round(own_weight, 6) as decimal(18, 6)) as own_weight,
        cast(round(own_weight * gmv / nullif(spend, 0) + (1 - own_weight) * prior_mean, 6) as decimal(18, 6)) as shrunk_roi,
        cast(round(slope, 6) as decimal(18, 6)) as marginal_roi,
        cast(round(sqrt(greatest(syy - slope * sxy, 0) / nullif((spend_days - 2) * sxx, 0)), 6) as decimal(18, 6)) as marginal_error
    from sloped
)

select * from final
