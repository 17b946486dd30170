{#- Orders whose buyer has been compensated (补偿) for a delay, as far as the data tell: a payment of the fund bill (消费者赔付), or a
    logistics ticket whose solution says so. -#}
{{- config(materialized='keyed', key=['order_id']) -}}
{%- set touched -%}
    select order_id from {{ changes('stg_douyin__fund_flows') }} where order_id is not null
    union all
    select order_id from {{ changes('stg_crm__service_tickets') }} where order_id is not null
{%- endset -%}
{{- reopen(touched) -}}
with flows as (
    select
        order_id,
        min(moved_at) as compensated_at,
        sum(amount_cny) as compensated_cny
    from {{ ref('stg_douyin__fund_flows') }}
    where scene_group = 'compensation' and order_id is not null {{ only_reopened(['order_id'], also='and') }}
    group by order_id
),

tickets as (
    select
        tickets.order_id,
        min(coalesce(tickets.resolved_at, tickets.opened_at)) as compensated_at
    from {{ ref('stg_crm__service_tickets') }} as tickets
    inner join {{ ref('compensation_words') }} as words on tickets.solution like '%' || words.word || '%'
    where
        tickets.topic_group = 'logistics' and tickets.order_id is not null
        {{ only_reopened(['tickets.order_id'], keys=['order_id'], also='and') }}
    group by tickets.order_id
),

final as (
    select
        coalesce(flows.order_id, tickets.order_id) as order_id,
        case when flows.order_id is not null then 'fund_flow' else 'ticket' end as compensated_by,
        coalesce(flows.compensated_at, tickets.compensated_at) as compensated_at,
        -- a ticket says that, not how much
        cast(flows.compensated_cny as decimal(18, 2)) as compensated_cny
    from flows
    full outer join tickets on flows.order_id = tickets.order_id
)

select * from final
