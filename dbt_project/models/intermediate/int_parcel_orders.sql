{#- Which order went in which parcel, from the API's comma list of waybill numbers: many to many, so it carries no money. -#}
{{- config(materialized='keyed', key=['platform', 'order_id']) -}}
{%- set touched -%}
    select platform, order_id from {{ changes('int_order_lines_merged') }}
{%- endset -%}
{{- reopen(touched) -}}
with lines as (
    select
        platform,
        order_id,
        tracking_numbers
    from {{ ref('int_order_lines_merged') }}
    where tracking_numbers is not null {{ only_reopened(['platform', 'order_id'], also='and') }}
),

split as (
    select
        platform,
        order_id,
        {{ split_to_rows('tracking_numbers', ',') }} as tracking_no
    from lines
),

final as (
    select distinct
        platform,
        order_id,
        trim(tracking_no) as tracking_no
    from split
    where nullif(trim(tracking_no), '') is not null
)

select * from final
