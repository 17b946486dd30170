"""Result rows, the text of failures, and the catalogue of checks that refuses typos."""

from __future__ import annotations

import pytest

from expectations.catalogue import CatalogueError, read_rules, read_tables
from expectations.result import CheckResult, blocking, format_failures, summary

GOOD = CheckResult("r", "marts", "fct", "fct", "grain_unique", "", "block", True, 3, 0, "", "[]", "do a")
BAD = CheckResult(
    "r",
    "landing",
    "douyin.orders",
    "a" * 32,
    "required_order_id",
    "order_id",
    "block",
    False,
    9,
    2,
    "2 rows",
    '[{"row":4}]',
    "Export again.",
)
WARNED = CheckResult("r", "marts", "fct", "fct", "sellable", "", "warn", False, 3, 1, "", "[]", "do b")
UNSEEN = CheckResult("r", "marts", "fct", "fct", "conditional", "", "warn", True, 0, 0, "not judged", "[]", "do c")


def test_row_of_ops_quality_results() -> None:
    assert BAD.to_row() == {
        "run_id": "r", "gate": "landing", "dataset_or_table": "douyin.orders", "subject": "a" * 32, "check_name": "required_order_id",
        "column_name": "order_id", "severity": "block", "passed": False, "rows_seen": 9, "rows_failed": 2, "observed": "2 rows",
        "examples": '[{"row":4}]', "action": "Export again.",
    }  # fmt: skip


def test_only_failures_that_block_stop_the_run() -> None:
    assert blocking([GOOD, BAD, WARNED, UNSEEN]) == [BAD]
    assert summary([GOOD, BAD, WARNED, UNSEEN]) == {"passed": 1, "failed_block": 1, "failed_warn": 1, "not_judged": 1}


def test_failures_say_which_check_which_rows_and_what_to_do() -> None:
    text = format_failures([WARNED, GOOD, BAD])
    assert text.splitlines()[:4] == [
        f"[BLOCK] landing gate: required_order_id failed on douyin.orders, column order_id, load {'a' * 32}: 2 of 9 rows",
        "    observed: 2 rows",
        '    rows: [{"row":4}]',
        "    do: Export again.",
    ]
    assert "[WARN] marts gate: sellable failed on fct: 1 of 3 rows" in text and "grain_unique" not in text
    assert format_failures([GOOD]) == ""


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ("{name: a, table: t, failing: select 1, action: x, severity: block, serious: true}", "unknown keys"),
        ("{name: a, table: nowhere, failing: select 1, action: x, severity: block}", "no table"),
        ("{name: a, table: t, failing: select 1, action: x, severity: loud}", "severity"),
        ("{name: a, table: t, failing: select 1, action: x}", "severity"),
        ("{name: a, table: t, failing: select 1, action: x, bound: marts.none}", "no bound"),
        ("{name: a, table: t, action: x, severity: block}", "failing"),
        (
            "{name: a, table: t, failing: select 1, action: x, severity: block}, {name: a, table: t, failing: select 1, action: x, severity: warn}",
            "already",
        ),
    ],
)
def test_the_catalogue_refuses_what_it_does_not_understand(tmp_path, rule: str, message: str) -> None:
    (tmp_path / "tables.yml").write_text("tables: {t: {key: [a], source_rows: select 1}}")
    (tmp_path / "some.yml").write_text(f"checks: [{rule}]")
    with pytest.raises(CatalogueError, match=message):
        read_rules(tmp_path)


def test_every_shipped_check_says_what_to_do() -> None:
    assert all(len(rule.action) > 20 for rule in read_rules())
    assert all(table.key and table.source_rows for table in read_tables().values())
