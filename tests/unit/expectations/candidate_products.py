"""The made candidate's product scorecard, and how to break each of its checks."""

from __future__ import annotations

DDL = ()

ROWS = """
insert into marts.product_scorecard by name
    select product_id, date_trunc('month', paid_date)::date as month, sum(gmv_cny) as gmv_cny, 60 as hit_score, 'potential' as hit_class, 1 as gmv_part, 0.5 as refund_part
    from marts.fct_order_lines where paid_date is not null group by all;
"""

BROKEN = {
    ("product_scorecard", "scorecards_carry_all_gmv"): (
        "update marts.product_scorecard set gmv_cny = gmv_cny + 0.01",
        "block",
    ),
    ("product_scorecard", "hit_scores_within_bounds"): (
        "update marts.product_scorecard set refund_part = -0.1",
        "block",
    ),
}
