"""Every landing check broken once and seen red; good loads stay green; verdicts are per load."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from expectations import landing_gate, result, suites
from expectations.bounds import load_bounds
from expectations.history import LoadFacts
from ingest.closed import closed_days
from ingest.contract import all_contracts, load_contract

DAY = dt.datetime(2026, 3, 1, 10)


def test_good_load_passes_every_check_having_seen_its_rows(landing) -> None:
    landing.put([landing.order(1), landing.order(2, after_sale_status="退款成功")])
    results = landing.gate()
    assert results.failed == set()
    assert {r.check for r in results if not r.judged} == {
        "volume_not_low",
        "volume_not_high",
        "columns_not_lost",
        "no_day_missing",
    }  # no history yet, and they say so
    assert results.only("volume_not_low").observed == "not judged: 0 earlier loads of that weekday, 3 needed"
    assert results.only("required_order_id").rows_seen == 2
    assert results.only("vocabulary_after_sale_status").rows_seen == 1


HOUR, DAYS = dt.timedelta(hours=1), dt.timedelta(days=1)
#: check: the changes that make each row, severity, rows that must fail
BROKEN = {
    "required_order_id": ([{}, {"order_id": None}], "block", 1),
    "unique_key": ([{}, {"sub_order_id": "692000000000010001"}, {}], "warn", 1),
    "vocabulary_order_status": ([{}, {"order_status": "飞走了"}], "warn", 1),
    "data_not_after_export": ([{}, {"ordered_at": DAY + 5 * DAYS}], "warn", 1),
    "data_not_stale": ([{"ordered_at": DAY - 4 * DAYS, "paid_at": None}], "warn", 1),
    "paid_not_before_ordered": ([{}, {"paid_at": DAY - HOUR}], "warn", 1),
    "paid_lines_have_a_price": ([{}, {"payable_cny": None}], "warn", 1),
}


@pytest.mark.parametrize("check", BROKEN)
def test_broken_load_fails_its_check(landing, check: str) -> None:
    rows, severity, rows_failed = BROKEN[check]
    landing.put([landing.order(number, **changes) for number, changes in enumerate(rows, 1)])
    found = landing.gate().only(check)
    assert (found.passed, found.severity, found.rows_failed) == (False, severity, rows_failed)
    assert found.rows_seen and found.action


def test_examples_name_row_and_key(landing) -> None:
    landing.put([landing.order(1), landing.order(2, order_status="飞走了")])
    found = landing.gate().only("vocabulary_order_status")
    assert found.examples == '[{"row":2,"sub_order_id":"692000000000010002"}]'
    assert found.observed == "unknown: 飞走了"


def test_a_value_that_a_vocabulary_check_quotes_is_masked(landing) -> None:
    landing.put([landing.order(1, order_status="13812345678")])
    assert "13812345678" not in landing.gate().only("vocabulary_order_status").observed


def test_columns_of_another_type_or_missing_block(landing) -> None:
    landing.put([landing.order(1)], types={"payable_cny": "VARCHAR"}, load_id="a" * 32)
    landing.put([landing.order(2)], without=("city",), load_id="b" * 32)
    landing.put([landing.order(3)], load_id="c" * 32)
    results = landing.gate()
    assert (
        results.only("columns_as_declared", "a" * 32).observed == "payable_cny: DECIMAL(18,2) declared, VARCHAR found"
    )
    assert results.only("columns_as_declared", "b" * 32).observed == "city: VARCHAR declared, nothing found"
    assert results.only("columns_as_declared", "b" * 32).blocks
    assert results.only("columns_as_declared", "c" * 32).passed


def test_a_check_that_cannot_run_blocks(landing) -> None:
    landing.put([landing.order(1)], without=("payable_cny",))
    found = landing.gate().only("required_payable_cny")
    assert found.blocks and found.observed.startswith("the check could not run")
    assert not found.judged


def test_a_lost_object_blocks_instead_of_passing(landing) -> None:
    landing.put([landing.order(1)]).raw_path.unlink()
    results = landing.gate()
    assert results and all(r.blocks for r in results)


def test_empty_load_fails_where_the_contract_wants_rows(landing) -> None:
    landing.put([], "erp", "stock", "a" * 32)
    landing.put([], "douyin", "orders", "b" * 32)
    results = landing.gate()
    assert results.only("has_rows", "a" * 32).blocks
    allowed = results.only("has_rows", "b" * 32)
    assert allowed.passed and not allowed.judged and allowed.observed == "no rows; the contract allows it"
    assert not [r for r in results if r.judged and r.check not in ("columns_as_declared",)]


def test_verdicts_are_per_load(landing) -> None:
    landing.put([landing.order(1)], load_id="a" * 32)
    landing.put([landing.order(2, order_id=None)], load_id="b" * 32)
    results = landing.gate()
    assert results.only("required_order_id", "a" * 32).passed
    assert not results.only("required_order_id", "b" * 32).passed


@pytest.mark.fault(2)
@pytest.mark.parametrize(
    ("rows", "broken"), [(10, set()), (2, {"volume_not_low"}), (50, {"volume_not_high"}), (0, {"volume_not_low"})]
)
def test_volume_against_the_same_weekday(landing, rows: int, broken: set[str]) -> None:
    for week in range(1, 5):
        then = DAY - dt.timedelta(weeks=week)
        landing.put(
            [landing.order(n, ordered_at=then) for n in range(10)],
            load_id=f"{week}" * 32,
            exported_at=then + dt.timedelta(days=1),
            check=False,
        )
    landing.put([landing.order(n) for n in range(rows)], load_id="f" * 32)
    results = landing.gate()
    assert results.failed & {"volume_not_low", "volume_not_high"} == broken
    assert results.only("volume_not_low").judged


def days(landing, *numbers: int, **more) -> None:
    """A load of an order for each of these days of March."""
    for number in numbers:
        at = dt.datetime(2026, 3, number, 10)
        landing.put(
            [landing.order(number, ordered_at=at, paid_at=at)], load_id=f"{number:032}", exported_at=at + DAYS, **more
        )


@pytest.mark.fault(27)
def test_a_missing_day_is_told_and_a_late_one_fills_it(landing) -> None:
    days(landing, 1, 2, check=False)
    days(landing, 5)
    found = landing.gate().only("no_day_missing")
    assert (found.passed, found.severity, found.observed) == (False, "warn", "no data of 2026-03-03, 2026-03-04")
    days(landing, 4, 3, check=False)  # late, and the later one first
    assert landing.gate().only("no_day_missing").passed


@pytest.mark.fault(4, 27)
def test_a_day_without_orders_and_a_closed_day_are_no_gap(landing, monkeypatch) -> None:
    days(landing, 1, check=False)
    landing.put(
        [], load_id="e" * 32, exported_at=dt.datetime(2026, 3, 3, 2), check=False
    )  # header only: nothing on the 2nd
    days(landing, 5)
    assert landing.gate().only("no_day_missing").observed == "no data of 2026-03-04"
    (douyin,) = (s for s in suites.sources() if s.name == "douyin")
    closed = replace(douyin, closed=closed_days(["wednesday", "2026-10-01..2026-10-07"]))
    monkeypatch.setattr(suites, "sources", lambda: (closed,))
    assert landing.gate().only("no_day_missing").passed, "2026-03-04 is a Wednesday"


def test_closed_days_are_weekdays_dates_and_spans() -> None:
    closed = closed_days(["sunday", dt.date(2026, 5, 1), "2026-10-01..2026-10-07"])
    inside = [dt.date(2026, 3, 1), dt.date(2026, 5, 1), dt.date(2026, 10, 1), dt.date(2026, 10, 7)]
    outside = [dt.date(2026, 3, 2), dt.date(2026, 5, 2), dt.date(2026, 9, 30), dt.date(2026, 10, 8)]
    assert all(d in closed for d in inside) and not any(d in closed for d in outside)
    for wrong in ("someday", "2026-10-07..2026-10-01", "10/1/2026", ["sun"]):
        with pytest.raises(ValueError, match="neither a weekday"):
            closed_days(wrong)


@pytest.mark.fault(14)
def test_a_column_that_is_gone_is_told(landing) -> None:
    for number in (1, 2, 3):
        then = DAY - number * DAYS
        landing.put(
            [landing.order(number, ordered_at=then, paid_at=then, freight_cny=1)], load_id=f"{number}" * 32, exported_at=then + DAYS, check=False
        )  # fmt: skip
    landing.put([landing.order(9)], load_id="f" * 32)
    found = landing.gate().only("columns_not_lost")
    assert (found.passed, found.severity, found.observed) == (False, "warn", "empty, and not before: 运费")
    landing.put([landing.order(9, freight_cny=0)], load_id="f" * 32, check=False)
    assert landing.gate().only("columns_not_lost").passed


def test_pseudonyms_are_never_examples(landing) -> None:
    link = {"left_type": "open_id", "left_id": "f" * 64, "right_type": "phone", "right_id": "e" * 64, "linked_at": DAY}
    landing.put([link, link], "crm", "identity_links")
    found = landing.gate().only("unique_key")
    assert not found.passed and "f" * 64 not in str(found) and '"left_type":"open_id"' in found.examples


def test_blocking_rule_of_a_contract(landing) -> None:
    landing.put([{"stat_at": DAY, "spend_cny": -1, "clicks": 9, "impressions": 3}], "qianchuan", "ad_reports")
    results = landing.gate()
    assert results.only("spend_not_negative").blocks
    assert results.only("clicks_within_impressions").severity == "warn"
    assert [r.check for r in result.blocking(results)] == ["spend_not_negative"]


@pytest.mark.parametrize("contract", all_contracts(), ids=lambda c: c.name)
def test_every_contract_makes_a_suite_that_shows_no_protected_column(contract) -> None:
    checks = suites.landing_suite(contract, {"a": LoadFacts(None)}, load_bounds())
    assert len({c.name for c in checks}) == len(checks) and len(checks) >= 4
    protected = {c.name for c in contract.columns if c.protect}
    assert not protected & set(suites._shown(contract))
    assert not [c for c in checks if c.quotes_cells and c.column in protected]


@pytest.mark.parametrize("rule", [{"type": "library"}, {"mustBe": 3}, {"query": "select 1"}, {"severity": "loud"}])
def test_a_rule_that_cannot_be_run_is_refused(rule: dict) -> None:
    contract = load_contract("douyin", "orders")
    whole = {"name": "odd", "type": "sql", "mustBe": 0, "query": "select * from {batch}", "severity": "error", **rule}
    with pytest.raises(ValueError, match="quality rule odd"):
        suites._rule(contract, whole)


def test_many_small_loads_are_judged_as_each_alone(landing, monkeypatch) -> None:
    changed = [{}, {"order_id": None}, {"order_status": "飞走了"}, {"payable_cny": None}]
    for number in range(12):
        rows = [landing.order(number * 3 + n, **(changed[number % 4] if n else {})) for n in range(1, number % 3 + 2)]
        landing.put(rows, load_id=f"{number:032x}", without=("buyer_remark",) if number == 7 else ())
    monkeypatch.setattr(landing_gate, "_AT_ONCE", 5)
    together = sorted(landing.gate(), key=str)
    monkeypatch.setattr(landing_gate, "_MANY", 99)
    assert together == sorted(landing.gate(), key=str)
    assert {r.check for r in together if not r.passed} >= {"required_order_id", "vocabulary_order_status"}
    assert not list((landing.home / "tmp").iterdir())


def test_a_lost_object_among_many_small_ones_is_told(landing) -> None:
    loads = [landing.put([landing.order(number)], load_id=f"{number:032x}") for number in range(10)]
    loads[4].raw_path.unlink()
    assert not any(
        r.passed for r in landing.gate() if r.subject == loads[4].load_id and r.check != "columns_as_declared"
    )
