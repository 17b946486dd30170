"""The made candidate's reviews, and how to break each of their checks."""

from __future__ import annotations

DDL = ("create table raw.shop__reviews as select 1 as rating",)

ROWS = """
insert into marts.fct_reviews by name
    select 'r' || i as review_id, 'p1' as product_id, date '2026-03-01' as month, timestamp '2026-03-01 10:00' as reviewed_at, i as rating, i < 3 as is_bad from range(1, 6) t(i);
insert into marts.review_causes by name
    select 'p1' as product_id, date '2026-03-01' as month, unnest(['quality', 'size']) as cause, 1 as bad_reviews, 0.5 as share;
"""

BROKEN = {
    ("review_causes", "causes_sum_to_bad_reviews"): ("delete from marts.review_causes where cause = 'size'", "block"),
    ("review_causes", "shares_of_causes_sum_to_one"): ("update marts.review_causes set share = 0.4", "block"),
}
