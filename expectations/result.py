"""What a check says: one frozen row, as it stands in `ops.quality_results`, and how failures read for a person."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

BLOCK, WARN = "block", "warn"
#: the most examples that one result carries; a report names rows to look at, it is not the table
EXAMPLES = 5


@dataclass(frozen=True)
class CheckResult:
    """One check on one load (landing) or on one table of the candidate (marts).

    gate: landing | marts; suite: the dataset or table; subject: the load_id, or the table again; severity: block | warn;
    rows_seen: rows that the check looked at; 0 means that it judged nothing, and then `observed` says why.
    observed: a short text with the numbers; examples: JSON list of keys and row ordinals, never a person's data;
    action: one sentence, what to do.
    """

    run_id: str
    gate: str
    suite: str
    subject: str
    check: str
    column: str
    severity: str
    passed: bool
    rows_seen: int
    rows_failed: int
    observed: str
    examples: str
    action: str

    @property
    def blocks(self) -> bool:
        """True when this result must stop the run."""
        return not self.passed and self.severity == BLOCK

    @property
    def judged(self) -> bool:
        """True when the check looked at rows: a pass that saw nothing is no proof."""
        return self.rows_seen > 0

    def to_row(self) -> dict[str, object]:
        """The row for ops.quality_results: run_id, gate, dataset_or_table, subject, check_name, column_name, severity, passed,
        rows_seen, rows_failed, observed, examples, action."""
        names = {"suite": "dataset_or_table", "check": "check_name", "column": "column_name"}
        return {names.get(key, key): value for key, value in vars(self).items()}  # asdict() copies every value


def blocking(results: Iterable[CheckResult]) -> list[CheckResult]:
    """The failures that stop the run."""
    return [r for r in results if r.blocks]


def summary(results: Iterable[CheckResult]) -> dict[str, int]:
    """Counts: passed (and judged), failed_block, failed_warn, not_judged."""
    results = list(results)
    return {
        "passed": sum(r.passed and r.judged for r in results),
        "failed_block": sum(r.blocks for r in results),
        "failed_warn": sum(not r.passed and not r.blocks for r in results),
        "not_judged": sum(r.passed and not r.judged for r in results),
    }


def format_failures(results: Iterable[CheckResult]) -> str:
    """All failures as text, blocking ones first: which check, which rows, what to do. Empty when nothing failed."""
    failed = sorted(
        (r for r in results if not r.passed), key=lambda r: (r.severity != BLOCK, r.suite, r.check, r.subject)
    )
    return "\n".join(_told(r) for r in failed)


def _told(result: CheckResult) -> str:
    where = result.suite + (f", column {result.column}" if result.column else "")
    load = f", load {result.subject}" if result.subject != result.suite else ""
    rows = f"{result.rows_failed} of {result.rows_seen} rows" if result.rows_seen else "no rows seen"
    lines = [f"[{result.severity.upper()}] {result.gate} gate: {result.check} failed on {where}{load}: {rows}"]
    if result.observed:
        lines.append(f"    observed: {result.observed}")
    if result.examples not in ("", "[]"):
        lines.append(f"    rows: {result.examples}")
    lines.append(f"    do: {result.action}")
    return "\n".join(lines)
