{#- How far each warehouse is from each province: great circle between the capitals (haversine, radius of the Earth 6371 km). -#}
{{- config(materialized='whole') -}}
with provinces as (
    select distinct
        province,
        longitude,
        latitude
    from {{ ref('province_centres') }}
),

warehouses as (
    select
        warehouses.warehouse_id,
        warehouses.daily_capacity,
        centres.province,
        centres.longitude,
        centres.latitude
    from {{ ref('dim_warehouse') }} as warehouses
    inner join {{ ref('province_centres') }} as centres on warehouses.province = centres.label
),

measured as (
    select
        provinces.province,
        warehouses.warehouse_id,
        warehouses.daily_capacity,
        round(2 * 6371 * asin(sqrt(
            power(sin(radians(provinces.latitude - warehouses.latitude) * 0.5), 2)
            + cos(radians(provinces.latitude)) * cos(radians(warehouses.latitude))
            * power(sin(radians(provinces.longitude - warehouses.longitude) * 0.5), 2)
        )), 0) as distance_km
    from provinces
    cross join warehouses
),

final as (
    select
        province,
        warehouse_id,
        daily_capacity,
        cast(distance_km as bigint) as distance_km,
        row_number() over (partition by province order by distance_km nulls last, warehouse_id) as nearness
    from measured
)

select * from final
