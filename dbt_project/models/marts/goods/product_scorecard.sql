{#- Scores of int_product_months beside each other: a part is 0 to 1, the score is their mean by weight over the parts that are known. -#}
{{- config(materialized='keyed', key=['month']) -}}
{%- set touched -%}
    select month from {{ changes('int_product_months') }}
{%- endset -%}
{{- reopen(touched) -}}
{%- set weights = var('hit_score_weights') -%}
with months as (
    select * from {{ ref('int_product_months') }}
    {{ only_reopened(['month']) }}
),

rated as (
    select
        *,
        {{ ratio("quantity", "quantity + case when closing_on_hand > 0 then closing_on_hand when closing_on_hand <= 0 then 0 end") }} as sell_through,
        {{ ratio('good_reviews', 'reviews') }} as positive_rate,
        {{ ratio('refund_to_date_cny', 'gmv_cny') }} as refund_rate,
        {{ ratio('competitor_price_cny - gmv_cny / nullif(quantity, 0)', 'competitor_price_cny') }} as price_advantage,
        {{ ratio('days_in_stock', 'stock_days') }} as supply_stability,
        {{ ratio('costed_net_cny - cost_cny', 'costed_net_cny') }} as margin_rate,
        {{ ratio('new_customer_lines', 'paid_lines') }} as new_customer_rate
    from months
),

-- What each role is for: traffic goods bring orders, profit goods margin, welfare goods new customers.
compared as (
    select
        *,
        cast(round(cume_dist() over (partition by month order by gmv_cny nulls last), 6) as decimal(18, 6)) as gmv_part,
        cast(round(case product_role
            when 'traffic' then cume_dist() over (partition by month, category order by orders nulls last)
            when 'profit' then case when margin_rate is not null
                then cume_dist() over (partition by month, category order by margin_rate nulls first)
            end
            when 'welfare' then case when new_customer_rate is not null
                then cume_dist() over (partition by month, category order by new_customer_rate nulls first)
            end
        end, 6) as decimal(18, 6)) as role_fit
    from rated
),

parts as (
    select
        *,
        sell_through as sell_through_part,
        positive_rate as review_part,
        -- greatest() passes over a null, so what is not known is said apart
        case when refund_rate is not null then greatest(cast(1 as decimal(18, 6)) - refund_rate, 0) end as refund_part,
        case
            when price_advantage is not null then least(greatest(cast(0.5 as decimal(18, 6)) + price_advantage, 0), 1)
        end as price_part,
        supply_stability as supply_part,
        role_fit as role_part
    from compared
),

scored as (
    select
        *,
        {{ score_of_parts(weights) }} as hit_score
    from parts
),

final as (
    select
        product_id,
        month,
        product_name,
        category,
        product_role,
        orders,
        quantity,
        gmv_cny,
        net_cny,
        sell_through,
        positive_rate,
        reviews,
        refund_rate,
        price_advantage,
        supply_stability,
        margin_rate,
        role_fit,
        hit_score,
        {% for part in weights %}cast({{ part }}_part as decimal(18, 6)) as {{ part }}_part,
        {% endfor %}case
            when hit_score >= 80 then 'hit'
            when hit_score >= 60 then 'potential'
            when hit_score >= 40 then 'normal'
            else 'weak'
        end as hit_class
    from scored
)

select * from final
