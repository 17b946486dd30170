{{ config(materialized='newest', key=['review_id']) }}
with source as (
    select * from {{ source('raw', 'shop__reviews') }}
),

-- A review that its buyer changed (追评, 改评) comes under its old id: the newest version replaces it.
newest as (
    select *
    from source
    {{ newest_version(['review_id']) }}
),

final as (
    select
        review_id,
        product_id,
        order_id,
        reviewed_at,
        cast(rating as integer) as rating,
        content,
        md5(content) as text_key,
        rating <= {{ var('bad_review_max_rating') }} as is_bad,
        {{ version_columns() }}
    from newest
)

select * from final
