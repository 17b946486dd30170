"""Golden folders: real exports through the whole road, landing to publication, against tables worked out by hand.

A case is a folder with inbox/<source>/<dataset>/<files>, expected/<mart>.csv (the columns to compare; an empty cell is null) and
a README.md with the arithmetic. A new case needs no code.
"""

from __future__ import annotations

import csv
import datetime as dt
import decimal
import difflib
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

CASES = Path(__file__).parent
NAMES = sorted(p.parent.name for p in CASES.glob("*/inbox"))

# one worker has them all: dbt is imported and the project parsed once
pytestmark = pytest.mark.xdist_group("warehouse")


@pytest.fixture(scope="module")
def workshop(tmp_path_factory) -> Iterator[Path]:
    """One FUPAN_HOME path for all cases, emptied between them, so that dbt's parse of the project is shared.

    Without dbt's own tests, which take as long as the models and are run by others: what is asked here is the published figures.
    """
    from warehouse import candidate

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(candidate, "LEFT_OUT", candidate.BUT_MODELS)
        yield tmp_path_factory.mktemp("golden") / "home"


def _empty(home: Path) -> None:
    for entry in home.iterdir() if home.exists() else ():
        if entry.name != "tmp":
            shutil.rmtree(entry)


def _publish(case: str, home: Path) -> Path:
    """Land every file of the case, build, check, publish; returns the served file."""
    from ingest.pipeline import land_inbox
    from ingest.registry import sources
    from warehouse import steps
    from warehouse.layout import served_link

    files = [p for p in (CASES / case / "inbox").rglob("*") if p.is_file()]
    shutil.copytree(CASES / case / "inbox", home / "inbox")
    loads = [load for source in sources() for load in land_inbox(source.name, home=home).loads]
    assert len(loads) == len(files), "a file of the case lies in a folder of no dataset"
    assert not [(x.file_name, x.status, x.reason) for x in loads if x.status != "loaded"]
    assert not [(x.file_name, x.rows_quarantined) for x in loads if x.rows_quarantined]
    steps.build_candidate(case, None, home=home)
    steps.check_candidate(case, home=home)
    publication = steps.publish_candidate(case, home=home)
    assert publication.input_loads == len(files)
    return served_link(home)


def _text(value: object) -> str:
    """A cell as the expected files write it: nulls empty, decimals with all their places, booleans in lower case."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, decimal.Decimal):
        return f"{value:f}"
    if isinstance(value, float):
        raise TypeError("a published figure is a float; golden figures are exact decimals")
    if isinstance(value, dt.datetime):
        return value.isoformat(" ")
    return str(value)


def _differences(mart: str, expected: list[list[str]], found: list[list[str]], columns: list[str]) -> str:
    """A unified diff of the sorted rows with the columns named; empty when they are equal."""
    lines = ([",".join(row) for row in sorted(rows)] for rows in (expected, found))
    told = list(difflib.unified_diff(*lines, f"expected/{mart}.csv", f"marts.{mart}", lineterm="", n=0))
    return "\n".join([f"marts.{mart}: {','.join(columns)}", *told]) if told else ""


def _compare(connection, expected_file: Path) -> str:
    with expected_file.open(encoding="utf-8", newline="") as file:
        columns, *expected = list(csv.reader(file))
    assert columns and expected, f"{expected_file} compares nothing"
    listed = ", ".join(f'"{c}"' for c in columns)
    rows = connection.execute(f'select {listed} from marts."{expected_file.stem}"').fetchall()
    return _differences(expected_file.stem, expected, [[_text(v) for v in row] for row in rows], columns)


@pytest.mark.parametrize("case", NAMES)
def test_golden(case: str, workshop: Path) -> None:
    """Every expected table is the published one, row for row and to the last decimal."""
    import duckdb

    tables = sorted((CASES / case / "expected").glob("*.csv"))
    assert tables, f"case {case} has no expected/<mart>.csv: it would prove nothing"
    assert (CASES / case / "README.md").is_file(), f"case {case} does not show its arithmetic"
    _empty(workshop)
    with duckdb.connect(str(_publish(case, workshop)), read_only=True) as connection:
        told = [difference for table in tables if (difference := _compare(connection, table))]
    assert not told, "\n\n" + "\n\n".join(told)


def test_no_case_is_lost() -> None:
    """The cases of the first road are there, and no folder is skipped for want of an inbox."""
    assert {"attribution", "funnel", "markov", "refunds", "stock"} <= set(NAMES)
    folders = sorted(p.name for p in CASES.iterdir() if p.is_dir() and not p.name.startswith(("__", ".")))
    assert folders == NAMES


def test_a_wrong_cent_is_told() -> None:
    """The comparison is not vacuous: another cent, a lost row and a doubled row each give a difference."""
    rows = [["2026-09-01", "10.00"], ["2026-09-02", ""]]
    assert _differences("m", rows, rows[::-1], ["date", "cny"]) == ""
    for wrong in ([["2026-09-01", "10.01"], rows[1]], rows[:1], [*rows, rows[0]], [rows[0], ["2026-09-02", "0.00"]]):
        assert "@@" in _differences("m", rows, wrong, ["date", "cny"])
    assert [_text(v) for v in (None, True, decimal.Decimal("1.50"), dt.date(2026, 9, 1))] == ["", "true", "1.50", "2026-09-01"]  # fmt: skip
