"""Experiments: sums per variant -> lifts, intervals, p-values (enrich/experiments.py)."""

from enrich.experiments import FIGURES, statistics
from enrich.step import Step

STEP = Step(
    name="experiment_statistics",
    inputs=("int_experiment_sums",),
    key=("experiment_id",),
    columns=dict.fromkeys(("experiment_id", "metric", "variant_id"), "VARCHAR") | dict.fromkeys(FIGURES, "DOUBLE"),
    compute=lambda tables: statistics(tables["int_experiment_sums"]),
)
