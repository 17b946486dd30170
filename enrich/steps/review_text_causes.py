"""Bad reviews: distinct texts -> the cause of the complaint (enrich/review_causes.py)."""

from enrich.review_causes import causes_of
from enrich.step import Step

STEP = Step(
    name="review_text_causes",
    inputs=("int_review_texts",),
    key=("text_key",),
    columns={"text_key": "VARCHAR", "cause": "VARCHAR", "confidence": "DECIMAL(18, 4)", "keywords": "VARCHAR", "owning_team": "VARCHAR"},
    compute=causes_of,
)  # fmt: skip
