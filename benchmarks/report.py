"""The results as a table on the terminal and as docs/performance.md: the same rows, never typed by hand."""

from __future__ import annotations

import sys
from typing import Any

from benchmarks.result import Result, Row

_INTRODUCTION = """# Performance (性能)

Written by `make bench` (`python -m benchmarks --write-docs`); not edited by hand. Both sides of a ratio are measured in
the same run, taking turns, each in a process of its own, on files in the page cache; the process's start is part of its
time; Python's modules are compiled already, as after the first start of an installation. *best* compares the quickest runs,
*median* the medians; a note tells the same of the CPU time, which other work on the machine disturbs less. Peak memory is the resident set of the largest process,
mapped file pages included. Figures in seconds are of this machine and depend on it; ratios travel better.
"""


def figure(value: float, unit: str) -> str:
    """1.43 x, 12.3 s, 812 MiB, 250,000 rows/s."""
    if unit in ("x", "s", "ms"):
        return f"{value:,.2f} {unit}"
    return f"{value:,.0f} {unit}"


def target(row: Row) -> str:
    """<= 1.50 x, or nothing."""
    return "" if row.limit is None else f"{'>=' if row.at_least else '<='} {figure(row.limit, row.unit)}"


def verdict(row: Row, full: bool) -> str:
    """met, MISSED, or why there is no verdict."""
    if row.limit is None:
        return ""
    return ("met" if row.met else "MISSED") if full else "not judged at this size"


def print_result(result: Result) -> None:
    """One table of figures and one of the sides they came from."""
    from rich import box
    from rich.console import Console
    from rich.table import Table

    console = Console(width=None if sys.stdout.isatty() else 150)
    table = Table(title=result.title, title_justify="left", box=box.SIMPLE_HEAD)
    for heading in ("", "best", "median", "target", "", ""):
        table.add_column(heading, justify="left" if heading == "" else "right")
    for row in result.rows:
        table.add_row(*_cells(row, result.full))
    console.print(table)
    sides = Table(box=box.SIMPLE_HEAD)
    for heading in _SIDE_HEADINGS:
        sides.add_column(heading, justify="left" if heading == "side" else "right")
    for cells in _side_cells(result):
        sides.add_row(*cells)
    console.print(sides)


def _cells(row: Row, full: bool) -> list[str]:
    median = "" if row.spread is None else figure(row.spread, row.unit)
    return [row.what, figure(row.value, row.unit), median, target(row), verdict(row, full), row.note]


_SIDE_HEADINGS = ("side", "best wall", "median wall", "CPU", "peak memory", "runs")


def _side_cells(result: Result) -> list[list[str]]:
    return [
        [s.name, f"{s.best:.2f} s", f"{s.median:.2f} s", f"{s.cpu:.2f} s", f"{s.peak_bytes / 1024**2:,.0f} MiB", str(len(s.samples))]
        for s in result.sides
    ]  # fmt: skip


def markdown(results: list[Result], machine: dict[str, Any], left_out: list[str]) -> str:
    """docs/performance.md: what was run, and the names of the benchmarks that were not."""
    versions = ", ".join(f"{name} {version}" for name, version in machine["versions"].items())
    lines = [
        _INTRODUCTION,
        f"Machine: {machine['cores']} cores ({machine['processor']}), {machine['memory_gib']} GiB, {machine['system']}; load average before the "
        f"run {', '.join(map(str, machine['load_average_before']))}; Python {machine['python']}; {versions}; commit {machine['commit']}.",
    ]
    lines += ["", *_missed(results)]
    for result in results:
        size = "" if result.full else " --quick"
        lines += ["", f"## {result.title}", "", f"`python -m benchmarks --only {result.name}{size}`", ""]
        facts = "; ".join(f"{name.replace('_', ' ')}: {_fact(value)}" for name, value in result.facts.items())
        lines += [f"Input: {facts}.", ""]
        lines += [result.remarks, ""] if result.remarks else []
        lines += _markdown_table(
            ["figure", "best", "median", "target", "verdict", "note"], [_cells(r, result.full) for r in result.rows]
        )
        lines += ["", *_markdown_table(list(_SIDE_HEADINGS), _side_cells(result))]
    if left_out:
        lines += ["", f"Not measured in this run: {', '.join(left_out)}."]
    return "\n".join(lines) + "\n"


def _missed(results: list[Result]) -> list[str]:
    """The targets that are missed, before anything else."""
    missed = [
        f"- {r.name}: {row.what}: {figure(row.value, row.unit)}, target {target(row)}"
        for r in results
        for row in r.missed
    ]
    return ["Targets missed in this run:", "", *missed] if missed else ["No target was missed in this run."]


def _fact(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {_fact(part)}" for name, part in value.items())
    return f"{value:,}" if isinstance(value, int) else str(value)


def _markdown_table(headings: list[str], rows: list[list[str]]) -> list[str]:
    def line(cells: list[str]) -> str:
        return "| " + " | ".join(c.replace("|", "\\|") for c in cells) + " |"

    return [line(headings), "|" + "---|" * len(headings), *[line(cells) for cells in rows]]
