"""Every fault on the page has a test that injects it, and the page names the files where these stand."""

from __future__ import annotations

import ast

import pytest

from tests.faults import marks

#: crashes and machines (28-34) are filled in with the tests of publication; all others must be shown
SHOWN = [n for n in marks.FAULTS if not 28 <= n <= 34]
FOUND = marks.marked()
PAGE = marks.PAGE.read_text(encoding="utf-8")


@pytest.mark.parametrize("number", SHOWN)
def test_fault_has_a_test(number):
    assert FOUND.get(number), (
        f"no test is marked @pytest.mark.fault({number}): {marks.rows(PAGE)[number][0]}. "
        "Next: write one that injects it and shows the behaviour that docs/faults.md promises"
    )


def test_the_page_has_every_number_once_and_no_other_is_marked():
    numbers = [int(n) for n, *_ in marks._ROW.findall(PAGE)]
    assert numbers == list(marks.FAULTS)
    assert set(FOUND) <= set(marks.FAULTS), "a mark names a fault that is not on the page"
    assert all(fault and does for fault, does, _ in marks.rows(PAGE).values())


def test_the_page_names_the_tests():
    assert marks.in_step(PAGE, FOUND) == PAGE, (
        "docs/faults.md is out of step. Next: .venv/bin/python -m tests.faults.marks --write"
    )


def test_marks_are_found_on_functions_parameters_and_modules():
    module = ast.parse(
        "pytestmark = [pytest.mark.fault(3), pytest.mark.slow]\n"
        "@pytest.mark.fault(1, 2)\ndef test_a(): ...\n"
        "@pytest.mark.parametrize('x', [pytest.param(1, marks=pytest.mark.fault(7)), 5])\ndef test_b(x): ...\n"
        "@pytest.mark.fault(9)\ndef helper(): ...\n"
        "def test_c(): ...\n"
    )
    assert dict(marks._of_file(module)) == {"test_a": {1, 2, 3}, "test_b": {3, 7}, "test_c": {3}}
    assert dict(marks._of_file(ast.parse("def test_a(): ...\n"))) == {}
