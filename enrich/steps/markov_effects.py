"""Removal effects of channels by period (`channel_removal_effects`, and the model `markov` of `attribution_periods`)."""

from enrich.markov import markov_effects
from enrich.step import Step

STEP = Step(
    "markov_effects",
    inputs=("int_attribution_paths",),
    key=("period_type", "period"),
    columns={
        "period_type": "varchar",
        "period": "varchar",
        "channel": "varchar",
        "removal_effect": "double",
        "journeys": "bigint",
        "order_journeys": "bigint",
        "credit_orders": "decimal(18,9)",
        "credit_gmv_cny": "decimal(18,2)",
        "credit_low": "decimal(18,9)",
        "credit_high": "decimal(18,9)",
    },
    compute=lambda inputs: markov_effects(inputs["int_attribution_paths"]),
)
