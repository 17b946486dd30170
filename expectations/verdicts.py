"""Our metric and our expectation in Great Expectations: a query that tells, per load or table, what a check saw and found.

GX's own UnexpectedRowsExpectation runs its query twice, keeps at most 200 rows and knows nothing of the rows that were
fine, so that a check over no rows passes. This one runs once, returns one verdict per subject, and fails when it got none.

Importing this module imports Great Expectations (3 to 6 s): only `expectations.engine` does it, inside functions.
"""

from __future__ import annotations

from typing import Any, ClassVar

from great_expectations.compatibility.sqlalchemy import sqlalchemy as sa
from great_expectations.core.metric_domain_types import MetricDomainTypes
from great_expectations.execution_engine import SqlAlchemyExecutionEngine
from great_expectations.expectations.expectation import BatchExpectation, render_suite_parameter_string
from great_expectations.expectations.metrics.metric_provider import metric_value
from great_expectations.expectations.metrics.query_metric_provider import QueryMetricProvider
from great_expectations.render import RenderedStringTemplateContent
from great_expectations.render.components import LegacyDiagnosticRendererType, LegacyRendererType
from great_expectations.render.renderer.renderer import renderer

METRIC = "fupan.verdicts"


class Verdicts(list):
    """The verdicts of one check. Nobody changes them, so their deep copy is themselves: Great Expectations copies every result
    several times, which for thousands of loads took longer than all the queries."""

    def __deepcopy__(self, memo: dict) -> Verdicts:
        return self


class VerdictsMetric(QueryMetricProvider):
    """Runs a verdict query on the batch: columns subject, rows_seen, rows_failed, observed, examples; one row per subject."""

    metric_name = METRIC
    value_keys = ("query",)

    @metric_value(engine=SqlAlchemyExecutionEngine)
    def _sqlalchemy(
        cls,
        execution_engine: SqlAlchemyExecutionEngine,
        metric_domain_kwargs: dict,
        metric_value_kwargs: dict,
        metrics: dict[str, Any],
        runtime_configuration: dict,
    ) -> Verdicts:
        batch, _, _ = execution_engine.get_compute_domain(metric_domain_kwargs, domain_type=MetricDomainTypes.TABLE)
        query = cls._get_substituted_batch_subquery_from_query_and_batch_selectable(
            query=metric_value_kwargs["query"], batch_selectable=batch, execution_engine=execution_engine
        )
        # a colon in SQL text (10:00, JSON, ::) is not a bind parameter here
        result = execution_engine.execute_query(sa.text(query.replace(":", "\\:")))
        return Verdicts(dict(row._mapping) for row in result.fetchall())


class ExpectChecked(BatchExpectation):
    """A check of ours: passes when every subject has a verdict and no verdict counts a failed row.

    query: the verdict query, with {batch} for the rows and other braces doubled; check, column and action: as in CheckResult.
    """

    check: str
    column: str = ""
    action: str = ""
    query: str

    metric_dependencies: ClassVar[tuple[str, ...]] = (METRIC,)
    success_keys: ClassVar[tuple[str, ...]] = ("query", "check")
    domain_keys: ClassVar[tuple[str, ...]] = ("batch_id",)
    args_keys: ClassVar[tuple[str, ...]] = ("check", "column", "action", "query")

    def _validate(self, metrics: dict, runtime_configuration: dict | None = None, execution_engine: Any = None) -> dict:
        verdicts = metrics[METRIC]
        failed = sum(v["rows_failed"] for v in verdicts)
        return {
            "success": bool(verdicts) and failed == 0,
            "result": {
                "observed_value": failed,
                "element_count": sum(v["rows_seen"] for v in verdicts),
                "details": {"verdicts": verdicts},
            },
        }

    @classmethod
    @renderer(renderer_type=LegacyRendererType.PRESCRIPTIVE)
    @render_suite_parameter_string
    def _prescriptive_renderer(
        cls, configuration: Any = None, result: Any = None, runtime_configuration: dict | None = None, **_: Any
    ):
        """The line of Data Docs: the check's name, its column and what to do when it fails."""
        kwargs = configuration.kwargs
        column = f" ({kwargs['column']})" if kwargs.get("column") else ""
        return [
            RenderedStringTemplateContent(
                content_block_type="string_template",
                string_template={
                    "template": "$check$column. If it fails: $action",
                    "params": {
                        "check": kwargs["check"],
                        "column": column,
                        "action": kwargs.get("action") or "look at the rows",
                    },
                },
            )
        ]

    @classmethod
    @renderer(renderer_type=LegacyDiagnosticRendererType.OBSERVED_VALUE)
    def _observed_value_renderer(
        cls, configuration: Any = None, result: Any = None, runtime_configuration: dict | None = None, **_: Any
    ) -> str:
        """The cell of Data Docs: what failed and where, or how many rows were looked at."""
        verdicts = (result.result or {}).get("details", {}).get("verdicts", [])
        if not verdicts:
            return "the check could not run"
        failed = [v for v in verdicts if v["rows_failed"]]
        if not failed:
            seen = sum(v["rows_seen"] for v in verdicts)
            return f"{seen} rows seen, none failed" if seen else "not judged: no rows to look at"
        return "; ".join(
            f"{v['subject']}: {v['rows_failed']} of {v['rows_seen']} rows. {v['observed']} {v['examples']}"
            for v in failed[:3]
        )
