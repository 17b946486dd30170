{{- config(materialized='keyed', key=['live_session_id']) -}}
{%- set touched -%}
    select live_session_id from {{ changes('stg_douyin__live_products') }}
    union all
    select live_session_id from {{ changes('stg_douyin__live_explanations') }}
    union all
    select live_session_id from {{ changes('fct_order_lines') }} where live_session_id is not null
{%- endset -%}
{{- reopen(touched) -}}
{%- set told = [
    'listed_at', 'price_cny', 'stock', 'campaign_stock', 'explanations', 'product_exposure_users', 'product_click_users', 'created_orders',
    'paid_orders', 'paid_items', 'unpaid_orders', 'presale_orders', 'refund_orders', 'gmv_cny', 'gmv_all_cny', 'peak_minute_gmv_cny',
    'presale_gmv_cny', 'refund_cny'
] -%}
with listed as (
    select * from {{ ref('stg_douyin__live_products') }}
    {{ only_reopened(['live_session_id']) }}
),

talks as (
    select
        live_session_id,
        product_id,
        max(product_name) as product_name,
        count(*) as talks,
        min(explain_started_at) as first_explained_at,
        sum({{ dbt.datediff('explain_started_at', 'explain_ended_at', 'second') }}) as explained_seconds,
        sum(explained_gmv_cny) as explained_gmv_cny
    from {{ ref('stg_douyin__live_explanations') }}
    {{ only_reopened(['live_session_id']) }}
    group by live_session_id, product_id
),

sold as (
    select
        live_session_id,
        product_id,
        count(distinct case when paid_at is not null then order_id end) as linked_orders_paid,
        sum(case when paid_at is not null then quantity else 0 end) as linked_pieces,
        sum(gmv_cny) as linked_gmv_cny,
        sum(net_cny) as linked_net_cny
    from {{ ref('fct_order_lines') }}
    where live_session_id is not null {{ only_reopened(['live_session_id'], also='and') }}
    group by live_session_id, product_id
),

products as (
    select
        live_session_id,
        product_id
    from listed
    union distinct
    select
        live_session_id,
        product_id
    from talks
    union distinct
    select
        live_session_id,
        product_id
    from sold
),

final as (
    select
        products.live_session_id,
        products.product_id,
        coalesce(listed.product_name, talks.product_name) as product_name,
        listed.product_id is not null as is_listed,
        {% for column in told -%}
        listed.{{ column }},
        {% endfor -%}
        cast(coalesce(talks.talks, 0) as bigint) as talks,
        talks.first_explained_at,
        cast(coalesce(talks.explained_seconds, 0) as bigint) as explained_seconds,
        cast(coalesce(talks.explained_gmv_cny, 0) as decimal(18, 2)) as explained_gmv_cny,
        cast(coalesce(sold.linked_orders_paid, 0) as bigint) as linked_orders_paid,
        cast(coalesce(sold.linked_pieces, 0) as bigint) as linked_pieces,
        cast(coalesce(sold.linked_gmv_cny, 0) as decimal(18, 2)) as linked_gmv_cny,
        cast(coalesce(sold.linked_net_cny, 0) as decimal(18, 2)) as linked_net_cny
    from products
    left join listed on products.live_session_id = listed.live_session_id and products.product_id = listed.product_id
    left join talks on products.live_session_id = talks.live_session_id and products.product_id = talks.product_id
    left join sold on products.live_session_id = sold.live_session_id and products.product_id = sold.product_id
)

select * from final
