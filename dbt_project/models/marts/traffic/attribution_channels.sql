{{- config(materialized='keyed', key=['paid_date']) -}}
{%- set touched -%}
    select paid_date from {{ changes('int_attribution_days') }}
    union all
    select stat_date as paid_date from {{ changes('fct_ad_hours') }}
{%- endset -%}
{{- reopen(touched) -}}
with credits as (
    select * from {{ ref('int_attribution_days') }}
    {{ only_reopened(['paid_date']) }}
),

models as (
    select distinct model
    from {{ ref('int_attribution_model_names') }}
),

-- Every model is set against the whole spend of the day, also the spend that no order followed.
spend as (
    select
        ad_hours.stat_date as paid_date,
        ad_hours.channel,
        ad_hours.campaign_id as campaign,
        models.model,
        sum(ad_hours.spend_cny) as spend_cny
    from {{ ref('fct_ad_hours') }} as ad_hours
    cross join models
    {{ only_reopened(['ad_hours.stat_date'], keys=['paid_date']) }}
    group by ad_hours.stat_date, ad_hours.channel, ad_hours.campaign_id, models.model
),

joined as (
    select
        coalesce(credits.paid_date, spend.paid_date) as paid_date,
        coalesce(credits.channel, spend.channel) as channel,
        coalesce(credits.campaign, spend.campaign) as campaign,
        coalesce(credits.model, spend.model) as model,
        coalesce(credits.orders, 0) as orders,
        coalesce(credits.gmv_cny, 0) as gmv_cny,
        coalesce(credits.net_cny, 0) as net_cny,
        coalesce(spend.spend_cny, 0) as spend_cny
    from credits
    full outer join spend
        on
            credits.paid_date = spend.paid_date
            and credits.channel = spend.channel
            and credits.campaign = spend.campaign
            and credits.model = spend.model
),

final as (
    select
        paid_date,
        channel,
        campaign,
        model,
        cast(orders as decimal(18, 9)) as orders,
        cast(gmv_cny as decimal(18, 2)) as gmv_cny,
        cast(net_cny as decimal(18, 2)) as net_cny,
        cast(spend_cny as decimal(18, 2)) as spend_cny,
        {{ ratio('gmv_cny', 'spend_cny') }} as roi,
        {{ ratio('net_cny', 'spend_cny') }} as net_roi,
        {{ ratio('spend_cny', 'orders') }} as cpa
    from joined
)

select * from final
