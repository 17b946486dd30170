"""The made candidate's supplier scorecard, and how to break its check."""

from __future__ import annotations

DDL = ("create table raw.supply__supplier_cases as select 1 as one",)

ROWS = """
insert into marts.supplier_scorecard by name
    select 's' || i as supplier_id, date '2026-01-01' as quarter, i as lines_due, 0 as cases, case when i > 0 then 50 end as score, case when i > 0 then 0.5 end as fill_part from range(2) t(i);
"""

BROKEN = {
    ("supplier_scorecard", "supplier_scores_within_bounds"): (
        "update marts.supplier_scorecard set score = 1 where lines_due = 0",
        "block",
    ),
}
