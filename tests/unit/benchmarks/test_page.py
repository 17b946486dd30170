"""docs/performance.md: a run replaces its own sections, and what is missed is told first."""

from benchmarks import page
from benchmarks.measure import Measured, Sample
from benchmarks.result import Result, Row

MACHINE = {
    "cores": 2, "processor": "any", "memory_gib": 8, "system": "Linux", "load_average_before": [0.1], "python": "3.11", "versions": {"duckdb": "1.5"},
    "commit": "abc",
}  # fmt: skip
ORDER = ("small", "flat", "big")


def result(name: str, value: float) -> Result:
    sides = [Measured("ours", (Sample(1.0, 1.0, 1),))]
    return Result(name, f"How {name}", True, [Row("a day", value, "x", limit=1.2)], sides, {"rows": 10})


def test_a_section_is_replaced_and_the_others_are_kept(tmp_path):
    there = tmp_path / "performance.md"
    page.write([result("flat", 1.5), result("big", 1.0)], MACHINE, ORDER, there)
    page.write([result("flat", 1.1), result("small", 1.25)], MACHINE | {"commit": "def"}, ORDER, there)

    text = there.read_text(encoding="utf-8")
    assert list(page.sections(text)) == ["small", "flat", "big"]
    assert "1.50 x" not in text and "1.10 x" in text
    assert text.count("commit abc") == 1 and text.count("commit def") == 2
    assert "- small: a day: 1.25 x, target <= 1.20 x" in text.split("## ")[0]


def test_the_page_is_the_same_when_nothing_was_measured(tmp_path):
    there = tmp_path / "performance.md"
    page.write([result("flat", 1.5)], MACHINE, ORDER, there)
    before = there.read_text(encoding="utf-8")
    page.write([], {}, ORDER, there)
    assert there.read_text(encoding="utf-8") == before
    assert "Not measured yet: small, big." in before


def test_every_section_of_the_page_is_of_a_benchmark():
    from benchmarks.__main__ import BENCHMARKS

    parts = page.sections(page.DOCS.read_text(encoding="utf-8"))
    assert parts and set(parts) <= set(BENCHMARKS)
