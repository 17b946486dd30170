{#- The platform's own traffic label of an order, most telling first: 广告渠道, 流量渠道, 流量体裁. It stands in for the journey where
    there are no touches. 流量来源 (精选联盟, 小店自卖) says who sold, not where the buyer came from: not a label here. -#}
{{- config(materialized='keyed', key=['platform', 'order_id']) -}}
{%- set labels = ['ad_channel', 'traffic_channel', 'traffic_format'] -%}
{%- set touched -%}
    select platform, order_id from {{ changes('int_order_lines_merged', of=['platform', 'order_id', 'sub_order_id'] + labels) }}
{%- endset -%}
{{- reopen(touched) -}}
with lines as (
    select * from {{ ref('int_order_lines_merged') }}
    {{ only_reopened(['platform', 'order_id']) }}
),

labelled as (
    {% for label in labels -%}
    select
        platform,
        order_id,
        sub_order_id,
        trim({{ label }}) as platform_label,
        {{ loop.index }} as preference
    from lines
    where nullif(trim({{ label }}), '') is not null
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

rules as (
    select
        lower(platform_label) as platform_label,
        channel
    from {{ ref('channel_rules') }}
    where platform_label is not null
    qualify row_number() over (partition by lower(platform_label) order by priority) = 1
),

final as (
    select
        labelled.platform,
        labelled.order_id,
        labelled.platform_label,
        coalesce(rules.channel, labelled.platform_label) as channel,
        rules.channel is not null as is_mapped
    from labelled
    left join rules on lower(labelled.platform_label) = rules.platform_label
    qualify row_number() over (
        partition by labelled.platform, labelled.order_id
        order by labelled.preference, labelled.sub_order_id
    ) = 1
)

select * from final
