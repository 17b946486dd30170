"""What each kind of cell becomes: raw text -> value, null, or "does not convert", in a CSV and in a JSONL that are really landed."""

from __future__ import annotations

import datetime as dt
import json
import tempfile
from decimal import Decimal
from functools import cache
from pathlib import Path

import ingest_files as files
import pytest

from ingest.contract import Column, Contract
from ingest.landing import land_file

BAD = "does not convert"
TOKENS = ["-", "--", "—", "无", "数据将于第二天更新"]


def contract_of(kind: str, required: bool, **options) -> Contract:
    """A dataset of two columns: the row's number and one cell of that kind."""
    number = Column("n", "号", ("n",), "integer", True, True, None, (), "", {})
    cell = Column("cell", "值", ("v",), kind, required, False, None, (), "", options)
    shape = {
        "formats": ["csv", "json"],
        "json": {"items": ["$"]},
        "nullTokens": TOKENS,
        "maxQuarantineShare": 1,
        "allowEmpty": True,
    }
    return Contract("x", "y", "", "", "", "", (number, cell), (), shape)


@cache
def landed(kind: str, form: str, raws: tuple[str | None, ...], required: bool, options: tuple) -> dict[int, object]:
    """Every cell of a file, landed together: row number -> value or BAD."""
    contract = contract_of(kind, required, **dict(options))
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        if form == "csv":
            path = files.put(
                home,
                files.csv_text([{"号": str(n), "值": raw or ""} for n, raw in enumerate(raws)], ("号", "值")),
                "f.csv",
            )
        else:
            path = files.put(
                home, "".join(json.dumps({"n": n, "v": raw}) + "\n" for n, raw in enumerate(raws)), "f.jsonl", "utf-8"
            )
        load = land_file(path, "x", "y", home, contract=contract)
        assert load.status == "loaded" and files.law_holds(home, load), load
        values = {row["n"]: row["cell"] for row in files.raw_rows(home, load)}
        aside = files.set_aside(home, load)
        assert all(row["column"] == "cell" and row["header"] == "值" and row["kind"] for row in aside)
    bad = {row["line"] - (2 if form == "csv" else 1) for row in aside}
    assert bad.isdisjoint(values) and bad | set(values) == set(range(len(raws))), (
        "each row is loaded or set aside, with its own line"
    )
    return values | dict.fromkeys(bad, BAD)


def typed(raw: str | None, kind: str, table: list | None = None, required: bool = False, **options) -> object:
    """The value of one cell, or BAD; the same in both forms. table: the texts that are landed with it."""
    raws = tuple(table or [raw])
    found = [landed(kind, form, raws, required, tuple(options.items()))[raws.index(raw)] for form in ("csv", "json")]
    assert found[0] == found[1], f"a CSV gives {found[0]!r}, JSON {found[1]!r}"
    return found[0]


MONEY = [
    ("19.99", "19.99"), ("1,234.50", "1234.50"), ("1,234,567", "1234567"), ("￥20", "20"), ("¥20.5", "20.5"), ("12.50元", "12.5"), (" 5 ", "5"),
    ("(12.50)", "-12.50"), ("（12.50）", "-12.50"), ("-3", "-3"), ("+3", "3"), (".5", "0.5"), ("1.2万", "12000"), ("0.5亿", "50000000"), ("１２．５", "12.5"),
    ("1，234.50", "1234.50"), ("'12.5", "12.5"), ("\t12.5", "12.5"), ("-", None), ("--", None), ("—", None), ("", None), (None, None), (" - ", None), ("0", "0"), (" 0.00", "0"), ("-0", "0"), ("+", BAD), (".", BAD), ("- .", BAD),
    ("1e3", BAD), ("1_000", BAD), ("0x10", BAD), ("nan", BAD), ("inf", BAD), ("12.5%", BAD), ("1,23", BAD), ("12,34", BAD), ("1234,567", BAD),
    ("1.234,50", BAD), ("−5", BAD), ("abc", BAD), ("1.2.3", BAD), ("99999999999亿", BAD), ("9" * 20, BAD), ("99999999999999999.99", BAD), ("免费", BAD),
]  # fmt: skip


@pytest.mark.fault(18)
@pytest.mark.parametrize(("raw", "value"), MONEY)
def test_money_is_read_by_rule_and_never_guessed(raw, value):
    expected = Decimal(value).quantize(Decimal("0.01")) if value not in (None, BAD) else value
    assert typed(raw, "money", [r for r, _ in MONEY]) == expected


@pytest.mark.fault(18, 38)
@pytest.mark.parametrize(
    ("raw", "value"),
    [("1999", "19.99"), ("-1", "-0.01"), ("0", "0.00"), ("19.5", BAD), ("1999.0", "19.99"), ("", None)],
)
def test_fen_become_yuan_once(raw, value):
    assert typed(raw, "money", unit="fen") == (Decimal(value) if value not in (None, BAD) else value)


@pytest.mark.fault(18)
def test_web_units_and_named_amounts():
    assert typed("1250000", "money", unit="yuan_x100000") == Decimal("12.50")
    assert typed("满减-新人券-5.00", "money", parse="amount_after_last_dash") == Decimal("5.00")
    assert typed("-5.00", "money", parse="amount_after_last_dash") == Decimal("-5.00")
    assert typed("满减-新人券", "money", parse="amount_after_last_dash") == BAD


IDS = [
    ("6917926768823643751", "6917926768823643751"), ("\t6917926768823643751\t", "6917926768823643751"), ("'6917926768823643751", "6917926768823643751"),
    ('="6917926768823643751"', "6917926768823643751"), ("６９１７９２６７６８８２３６４３７５１", "6917926768823643751"), ("123.0", "123"),
    ("\u200b6917\u00a0926", "6917926"), ("A-12_b", "A-12_b"), ("007", "007"), ("-", None), ("6.91E+18", BAD), ("6.917926768823644e18", BAD),
    ("6917926768823643751.0", BAD), ("1.5", BAD), ("6,917,926", BAD), ("中文", BAD), ("1" * 200, "1" * 200),
]  # fmt: skip


@pytest.mark.fault(9, 10)
@pytest.mark.parametrize(("raw", "value"), IDS)
def test_ids_keep_every_digit_or_are_refused(raw, value):
    assert typed(raw, "id", [r for r, _ in IDS]) == value


MOMENTS = [
    ("2026-09-10 08:00:00", (2026, 9, 10, 8)), ("2026/09/10 08:00:00", (2026, 9, 10, 8)), ("2026/9/10 8:00", (2026, 9, 10, 8)), ("2026-09-10", (2026, 9, 10)),
    ("2026-06-0916:28:12", (2026, 6, 9, 16, 28, 12)), ("20260910", (2026, 9, 10)), ("2026年9月10日 08:00:00", (2026, 9, 10, 8)), ("\t2026-09-10 08:00:00", (2026, 9, 10, 8)),
    ("2026-09-10T00:30:00+08:00", (2026, 9, 10, 0, 30)), ("2026-09-09T16:30:00Z", (2026, 9, 10, 0, 30)), ("2028-02-29 00:00:00", (2028, 2, 29)),
    ("2026-11-11 23:59:59", (2026, 11, 11, 23, 59, 59)), ("2026-11-11 00:00:00", (2026, 11, 11)), ("数据将于第二天更新", None), ("", None),
    ("9/10/2026", BAD), ("10/9/2026", BAD), ("46276", BAD), ("0000-00-00", BAD), ("1900-01-00", BAD), ("1900-01-01 00:00:00", BAD), ("2099-01-01 00:00:00", BAD),
    ("2026-09-10 24:00:00", BAD), ("2026-02-29 00:00:00", BAD), ("2026-02-30 10:00:00", BAD), ("26-09-10", BAD), ("2026-09", BAD), ("1788998400", BAD), ("昨天", BAD),
]  # fmt: skip


@pytest.mark.fault(20)
@pytest.mark.parametrize(("raw", "value"), MOMENTS)
def test_times_of_declared_forms_only(raw, value):
    assert typed(raw, "timestamp", [r for r, _ in MOMENTS]) == (
        dt.datetime(*value) if isinstance(value, tuple) else value
    )


EPOCHS = [
    ("1794326399", (2026, 11, 10, 23, 59, 59)), ("1794326400", (2026, 11, 11)), ("1794326400000", (2026, 11, 11)), ("0", None), ("", None),
    ("2026-11-11 00:00:00", (2026, 11, 11)), ("-5", BAD), ("99999999999", BAD), ("999999999999999999", BAD), ("9" * 19, BAD), ("9" * 30, BAD), ("4e9", BAD),
]  # fmt: skip


@pytest.mark.fault(21)
@pytest.mark.parametrize(("raw", "value"), EPOCHS)
def test_epochs_in_seconds_or_milliseconds(raw, value):
    assert typed(raw, "timestamp", [r for r, _ in EPOCHS], format="epoch_s") == (
        dt.datetime(*value) if isinstance(value, tuple) else value
    )


OTHERS = [
    ("integer", "2", 2), ("integer", "2.0", 2), ("integer", "1,000", 1000), ("integer", "-1", -1), ("integer", "2.5", BAD), ("integer", "二", BAD), ("integer", "", None),
    ("number", "1e-05", Decimal("0")), ("number", "0.12345", Decimal("0.1235")), ("number", "1E2", Decimal("100")), ("number", "x", BAD),
    ("rate", "41.93%", Decimal("0.4193")), ("rate", "100.00%", Decimal("1")), ("rate", "0.05", Decimal("0.05")), ("rate", "5％", Decimal("0.05")), ("rate", "-", None), ("rate", "x%", BAD),
    ("boolean", "是", True), ("boolean", "否", False), ("boolean", "1", True), ("boolean", "0", False), ("boolean", "true", True), ("boolean", "False", False),
    ("boolean", " 是 ", True), ("boolean", "也许", BAD), ("boolean", "", None), ("date", "2026-09-10", dt.date(2026, 9, 10)), ("date", "2026-9-31", BAD),
    ("text", " 羊毛衫\t", "羊毛衫"), ("text", "=HYPERLINK(\"x\")", "=HYPERLINK(\"x\")"), ("code", "'A 1", "A 1"), ("text", "-", None),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "raw", "value"), OTHERS)
def test_other_kinds(kind, raw, value):
    assert typed(raw, kind, [r for k, r, _ in OTHERS if k == kind]) == value


def test_percent_columns_and_required_cells():
    assert typed("4.5", "rate", unit="percent") == Decimal("0.045")
    assert typed("4.5%", "rate", unit="percent") == Decimal("0.045")
    for kind in ("money", "id", "timestamp", "text"):
        for nothing in ("", "-", None, " "):
            assert typed(nothing, kind, ["", "-", None, " "], required=True) == BAD
