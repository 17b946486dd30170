{{- config(materialized='keyed', key=['product_id', 'month']) -}}
{%- set touched -%}
    select product_id, month from {{ changes('fct_reviews') }}
{%- endset -%}
{{- reopen(touched) -}}
with reviews as (
    select * from {{ ref('fct_reviews') }}
    {{ only_reopened(['product_id', 'month']) }}
),

months as (
    select
        product_id,
        month,
        count(*) as reviews,
        sum(case when is_bad then 1 else 0 end) as bad_reviews
    from reviews
    group by product_id, month
),

causes as (
    select
        product_id,
        month,
        cause,
        max(owning_team) as owning_team,
        count(*) as bad_reviews
    from reviews
    where is_bad
    group by product_id, month, cause
),

words as (
    select
        product_id,
        month,
        cause,
        {{ split_to_rows('keywords', ',') }} as keyword
    from reviews
    where is_bad and keywords <> ''
),

ranked_words as (
    select
        product_id,
        month,
        cause,
        keyword,
        row_number() over (partition by product_id, month, cause order by count(*) desc nulls last, keyword asc nulls last) as word_rank
    from words
    group by product_id, month, cause, keyword
),

listed_words as (
    select
        product_id,
        month,
        cause,
        {{ join_rows('keyword', ', ', 'word_rank') }} as keywords
    from ranked_words
    where word_rank <= 5
    group by product_id, month, cause
),

ranked_examples as (
    select
        product_id,
        month,
        cause,
        left(content, 80) as example,
        row_number() over (
            partition by product_id, month, cause order by cause_confidence desc nulls last, review_id asc nulls last
        ) as example_rank
    from reviews
    where is_bad
),

examples as (
    select
        product_id,
        month,
        cause,
        {{ join_rows('example', ' / ', 'example_rank') }} as examples
    from ranked_examples
    where example_rank <= 3
    group by product_id, month, cause
),

final as (
    select
        causes.product_id,
        causes.cause,
        causes.month,
        causes.owning_team,
        causes.bad_reviews,
        {{ ratio('causes.bad_reviews', 'months.bad_reviews') }} as share,
        months.reviews as product_reviews,
        {{ ratio('months.bad_reviews', 'months.reviews') }} as bad_review_rate,
        listed_words.keywords,
        examples.examples
    from causes
    inner join months on causes.product_id = months.product_id and causes.month = months.month
    left join listed_words
        on causes.product_id = listed_words.product_id and causes.month = listed_words.month and causes.cause = listed_words.cause
    left join examples
        on causes.product_id = examples.product_id and causes.month = examples.month and causes.cause = examples.cause
)

select * from final
