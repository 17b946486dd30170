{#- Orders won by an ad's last touch, by audience (人群包), day and hour of the touch, and the day on which each was known. -#}
{{- config(
    materialized='summed', key=['ad_platform', 'ad_id', 'audience_id', 'date', 'stat_hour', 'known_date'], rows='orders',
) -}}
with credits as (
    select * from {{ signed('attribution_credits') }} as credits
    where model = 'last' and touched_at is not null and ad_id is not null
),

final as (
    select
        coalesce(lower(ad_platform), '') as ad_platform,
        ad_id,
        coalesce(audience_id, 'unknown') as audience_id,
        cast(touched_at as date) as date,
        hour(touched_at) as stat_hour,
        paid_date as known_date,
        cast(sum(_sign) as bigint) as orders,
        cast(sum(_sign * credit_gmv_cny) as decimal(18, 2)) as gmv_cny,
        cast(sum(_sign * credit_gmv_cny * credit_gmv_cny) as decimal(38, 4)) as gmv_squared
    from credits
    group by
        coalesce(lower(ad_platform), ''), ad_id, coalesce(audience_id, 'unknown'), cast(touched_at as date), hour(touched_at), paid_date
)

select * from final
