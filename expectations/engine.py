"""One Great Expectations per process: import it once, quietly and without telemetry, and run suites of ours on DuckDB."""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

from expectations import dialect
from expectations.records import worth_keeping
from expectations.result import BLOCK


@dataclass(frozen=True)
class Check:
    """A check before it ran. query: a verdict query (see `verdicts.VerdictsMetric`), {batch} for the rows of its suite.

    severity: block | warn; column: of ours, or empty; action: what to do when it fails; quotes_cells: its `observed` quotes
    cells of the data and must be masked.
    """

    name: str
    severity: str
    query: str
    action: str
    column: str = ""
    quotes_cells: bool = False


@dataclass(frozen=True)
class Ran:
    """A check after it ran: verdicts (subject, rows_seen, rows_failed, observed, examples), or the error that stopped it."""

    check: Check
    verdicts: Sequence[dict[str, Any]] = field(default_factory=tuple)
    error: str = ""


def great_expectations() -> Any:
    """The great_expectations module, telemetry off; the first call of a process takes seconds."""
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    import great_expectations

    logging.getLogger("great_expectations").setLevel(logging.ERROR)
    return great_expectations


class Session:
    """A Great Expectations context over one DuckDB (a file opened read-only, or one in memory), for all suites of a gate."""

    def __init__(self, database: str = ":memory:", *, memory_limit: str = "1GB") -> None:
        gx = great_expectations()
        dialect.register()
        self.context = gx.get_context(mode="ephemeral")
        self.context.variables.progress_bars = {"globally": False}
        in_memory = database == ":memory:"
        config = {
            "memory_limit": memory_limit,
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
        }
        arguments = {"config": config} if in_memory else {"config": config, "read_only": True}
        self.source = self.context.data_sources.add_sql(
            "duckdb", connection_string=dialect.url(database), kwargs={"connect_args": arguments}
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Give the file back: an open reader blocks the next writer."""
        # the data source has a SQLAlchemy engine and its execution engine has another
        self.source.get_execution_engine().close()
        self.source.get_engine().dispose()

    def run(self, suite: str, rows: str, checks: Iterable[Check]) -> tuple[list[Ran], dict[str, Any]]:
        """Run the checks of one suite on the rows of a SELECT; returns them in order, and GX's own result as JSON, with the
        verdicts that are worth keeping.

        A check that cannot run (a column or table is not there) comes back with its error, never as passed.
        """
        gx = great_expectations()
        from expectations.verdicts import ExpectChecked

        checks = list(checks)
        asset = self.source.add_query_asset(suite, query=rows)
        batch = asset.add_batch_definition_whole_table("whole").get_batch()
        made = [
            ExpectChecked(check=c.name, column=c.column, action=c.action, query=c.query, severity=_gx_severity(c))
            for c in checks
        ]
        for expectation, number in zip(made, range(len(made)), strict=True):
            # GX drops expectations that are equal; the place in the list is what tells the verdicts apart again
            expectation.meta = {"number": number}
        outcome = batch.validate(gx.ExpectationSuite(name=suite, expectations=made), result_format="SUMMARY")
        told = {r.expectation_config.meta["number"]: r for r in outcome.results}
        ran = [_ran(check, told.get(number)) for number, check in enumerate(checks)]
        return ran, _as_json(outcome)


def _gx_severity(check: Check) -> str:
    return "critical" if check.severity == BLOCK else "warning"


def _ran(check: Check, result: Any) -> Ran:
    if result is None:
        return Ran(check, error="Great Expectations gave no result for it")
    verdicts = (result.result or {}).get("details", {}).get("verdicts")
    if verdicts is None:
        return Ran(check, error=_error(result.exception_info))
    return Ran(check, tuple(verdicts))


def _error(info: Any) -> str:
    """The first line of what went wrong, without the SQL and without quoted values, which could be data."""
    infos = [info] if "raised_exception" in info else list(info.values())
    message = next((str(i.get("exception_message")) for i in infos if i.get("raised_exception")), "no verdict")
    lines = [line.strip() for line in message.splitlines() if line.strip()]
    told = next((line for line in lines if "Error" in line), lines[0] if lines else "no verdict")
    return re.sub(r"'[^']*'", "'…'", told)[:300]


def _as_json(outcome: Any) -> dict[str, Any]:
    """GX's validation result, without tracebacks: they hold SQL, paths and perhaps values."""
    for result in outcome.results:
        details = (result.result or {}).get("details", {})
        if "verdicts" in details:  # turning every one of thousands of loads into JSON would take as long as the checks
            details["verdicts"] = worth_keeping(details["verdicts"])
    document = outcome.to_json_dict()
    for result in document["results"]:
        if result["exception_info"].get("raised_exception") is not False:
            result["exception_info"] = {
                "raised_exception": True,
                "exception_message": "the check could not run",
                "exception_traceback": "",
            }
    return document
