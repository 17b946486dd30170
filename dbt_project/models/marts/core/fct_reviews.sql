{{- config(materialized='keyed', key=['review_id']) -}}
{%- set touched -%}
    select review_id from {{ changes('stg_shop__reviews') }}
    union all
    select review_id from {{ ref('stg_shop__reviews') }}
    where text_key in (select text_key from {{ enriched_changes('review_text_causes') }})
{%- endset -%}
{{- reopen(touched) -}}
with reviews as (
    select * from {{ ref('stg_shop__reviews') }}
    {{ only_reopened(['review_id']) }}
),

causes as (
    select * from {{ enriched('review_text_causes') }}
),

final as (
    select
        reviews.review_id,
        reviews.product_id,
        reviews.order_id,
        cast(reviews.reviewed_at as timestamp) as reviewed_at,
        cast(reviews.reviewed_at as date) as reviewed_date,
        cast(date_trunc('month', reviews.reviewed_at) as date) as month,
        reviews.rating,
        reviews.is_bad,
        reviews.rating >= {{ var('good_review_min_rating') }} as is_good,
        reviews.content,
        causes.cause,
        causes.confidence as cause_confidence,
        causes.keywords,
        causes.owning_team
    from reviews
    -- a text may stand under a bad and under a good review: only the bad one complains
    left join causes on case when reviews.is_bad then reviews.text_key end = causes.text_key
)

select * from final
