{{- config(materialized='keyed', key=['date']) -}}
{%- set touched -%}
    select stat_date as date from {{ changes('int_ad_days_compared') }}
    union all
    select paid_date as date from {{ changes('int_ad_credits') }}
    union all
    select date from {{ changes('claim_overlap') }}
    union all
    select stat_date as date from {{ ref('int_ad_days_compared') }}
    where (platform, ad_id) in (select platform, ad_key from {{ changes('int_ads') }})
    union all
    -- those whose refunds the passing of days makes final
    select dates.date
    from {{ this }} as dates
    inner join (select min(as_of) as before, max(as_of) as after from {{ changes('int_data_span') }}) as span
        on dates.date between span.before - interval 30 day and span.after
{%- endset -%}
{{- reopen(touched) -}}
{%- set counted = [
    'impressions', 'clicks', 'room_enters', 'product_clicks', 'conversions', 'claimed_orders', 'claimed_gmv_cny', 'claimed_new_customers',
    'room_orders', 'room_gmv_cny', 'spend_at_maturity_cny', 'claimed_gmv_at_maturity_cny', 'spend_week_before_cny', 'claimed_gmv_week_before_cny'
] -%}
{%- set credited = [
    'orders_last', 'gmv_last_cny', 'orders_linear', 'gmv_linear_cny', 'refund_7d_last_cny', 'refund_14d_last_cny', 'new_customers_last'
] -%}
with reports as (
    select * from {{ ref('int_ad_days_compared') }}
    {{ only_reopened(['stat_date'], keys=['date']) }}
),

credits as (
    select * from {{ ref('int_ad_credits') }}
    {{ only_reopened(['paid_date'], keys=['date']) }}
),

-- Spend without an order and orders of an ad without spend both stay.
joined as (
    select
        {% for column in ['platform', 'account_id', 'campaign_id', 'ad_id'] -%}
        coalesce(reports.{{ column }}, credits.{{ column }}) as {{ column }},
        {% endfor -%}
        coalesce(reports.stat_date, credits.paid_date) as date,
        reports.platform is not null as is_reported,
        reports.promotion,
        reports.time_line,
        reports.reached as maturity,
        reports.oldest_age_days as age_days,
        coalesce(reports.spend_cny, 0) as spend_cny,
        {% for column in counted -%}
        reports.{{ column }},
        {% endfor -%}
        {% for column in credited -%}
        coalesce(credits.{{ column }}, 0) as {{ column }}{{ ',' if not loop.last }}
        {% endfor %}
    from reports
    full outer join credits
        on
            reports.platform = credits.platform
            and reports.account_id = credits.account_id
            and reports.campaign_id = credits.campaign_id
            and reports.ad_id = credits.ad_id
            and reports.stat_date = credits.paid_date
),

final as (
    select
        joined.platform,
        joined.account_id,
        joined.campaign_id,
        ads.campaign_name,
        joined.ad_id,
        ads.ad_name,
        joined.date,
        joined.promotion,
        joined.time_line,
        joined.is_reported,
        joined.maturity,
        cast(joined.age_days as bigint) as age_days,
        coalesce(joined.age_days < platforms.claims_final_days, joined.is_reported)
        or span.as_of < joined.date + interval 14 day as is_provisional,
        {{ ad_measure('spend_cny', 'joined.spend_cny') }},
        {% for column in counted -%}
        {{ ad_measure(column, 'joined.' ~ column) }},
        {% endfor -%}
        cast(joined.orders_last as decimal(18, 9)) as attributed_orders,
        cast(joined.gmv_last_cny as decimal(18, 2)) as attributed_gmv_cny,
        cast(joined.orders_linear as decimal(18, 9)) as attributed_orders_linear,
        cast(joined.gmv_linear_cny as decimal(18, 2)) as attributed_gmv_linear_cny,
        cast(joined.new_customers_last as bigint) as attributed_new_customers,
        -- what went back in a window counts once the window of the day's last order is over
        {% for days in [7, 14] -%}
        cast(case
            when span.as_of >= joined.date + interval {{ days }} day then joined.gmv_last_cny - joined.refund_{{ days }}d_last_cny
        end as decimal(18, 2)) as attributed_net_{{ days }}d_cny,
        {% endfor -%}
        {{ ratio('joined.claimed_gmv_cny', 'joined.spend_cny') }} as claimed_roi,
        {{ ratio('joined.gmv_last_cny', 'joined.spend_cny') }} as attributed_roi,
        {{ ratio('joined.gmv_linear_cny', 'joined.spend_cny') }} as attributed_roi_linear,
        {% for days in [7, 14] -%}
        case
            when span.as_of >= joined.date + interval {{ days }} day
                then {{ ratio('(joined.gmv_last_cny - joined.refund_' ~ days ~ 'd_last_cny)', 'joined.spend_cny') }}
        end as net_roi_{{ days }}d,
        {% endfor -%}
        {{ ratio('joined.claimed_gmv_cny', 'joined.gmv_last_cny') }} as over_claim_ratio,
        {{ ratio('joined.claimed_orders', 'joined.orders_last') }} as over_claim_orders_ratio,
        {{ ratio('joined.spend_cny', 'joined.new_customers_last') }} as new_customer_cpa,
        {{ ratio('joined.claimed_gmv_at_maturity_cny', 'joined.spend_at_maturity_cny') }} as claimed_roi_at_maturity,
        {{ ratio('joined.claimed_gmv_week_before_cny', 'joined.spend_week_before_cny') }} as claimed_roi_week_before,
        overlap.blended_roi
    from joined
    cross join {{ ref('int_data_span') }} as span
    left join {{ ref('ad_platforms') }} as platforms on joined.platform = platforms.platform
    left join {{ ref('int_ads') }} as ads on joined.platform = ads.platform and joined.ad_id = ads.ad_key
    left join {{ ref('claim_overlap') }} as overlap on joined.date = overlap.date
)

select * from final
