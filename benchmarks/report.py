"""The results as a table on the terminal and as sections of docs/performance.md: the same rows, never typed by hand."""

from __future__ import annotations

import os
import shlex
import sys
from typing import Any

from benchmarks.result import Result, Row


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


def section(result: Result, machine: dict[str, Any]) -> str:
    """One result as a section of docs/performance.md, with what it was measured on."""
    versions = ", ".join(f"{name} {version}" for name, version in machine["versions"].items())
    facts = "; ".join(f"{name.replace('_', ' ')}: {_fact(value)}" for name, value in result.facts.items())
    lines = [
        f"## {result.title}", "", f"`{command(result)}`", "", f"Input: {facts}.", "", *([result.remarks, ""] if result.remarks else []),
        *_markdown_table(["figure", "best", "median", "target", "verdict", "note"], [_cells(r, result.full) for r in result.rows]),
        "", *_markdown_table(list(_SIDE_HEADINGS), _side_cells(result)), "",
        f"Measured on {machine['cores']} cores ({machine['processor']}), {machine['memory_gib']} GiB, {machine['system']}; load average before the "
        f"run {', '.join(map(str, machine['load_average_before']))}; Python {machine['python']}; {versions}; commit {machine['commit']}.",
    ]  # fmt: skip
    return "\n".join(lines) + "\n"


def command(result: Result) -> str:
    """How to measure it again at this size: what makes it smaller is an environment variable of FUPAN_BENCH_, or else --quick."""
    sizes = [
        f"{name}={shlex.quote(value)} "
        for name, value in sorted(os.environ.items())
        if name.startswith("FUPAN_BENCH_") and name != "FUPAN_BENCH_DIR"
    ]
    quick = "" if result.full or sizes else " --quick"
    return f"{''.join(sizes)}python -m benchmarks --only {result.name}{quick}"


def _fact(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {_fact(part)}" for name, part in value.items())
    return f"{value:,}" if isinstance(value, int) else str(value)


def _markdown_table(headings: list[str], rows: list[list[str]]) -> list[str]:
    def line(cells: list[str]) -> str:
        return "| " + " | ".join(c.replace("|", "\\|") for c in cells) + " |"

    return [line(headings), "|" + "---|" * len(headings), *[line(cells) for cells in rows]]
