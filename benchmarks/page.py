"""docs/performance.md: one section for each benchmark, each from the run that measured it last. The page is never typed by hand.

`python -m benchmarks --only X --write-docs` replaces X's section and keeps the others; `python -m benchmarks.page` writes the
head anew, whose list of missed targets follows from the sections (after a merge, for example).
"""

from __future__ import annotations

import re
from collections.abc import Collection
from pathlib import Path
from typing import Any

from benchmarks.measure import PROJECT
from benchmarks.report import section
from benchmarks.result import Result

DOCS = PROJECT / "docs" / "performance.md"
_INTRODUCTION = """# Performance (性能)

Written by `make bench` (`python -m benchmarks --write-docs`); not edited by hand. Each section is of one run and says on what it was
measured. Both sides of a ratio are measured in the same run, taking turns, each in a process of its own, on files in the page cache;
the process's start is part of its time; Python's modules are compiled already, as after the first start of an installation. *best*
compares the quickest runs, *median* the medians; a note tells the same of the CPU time, which other work on the machine disturbs less.
Peak memory is the resident set of the largest process, mapped file pages included. Figures in seconds are of this machine and depend
on it; ratios travel better.
"""
_COMMAND = re.compile(r"^`[^`\n]*python -m benchmarks --only (\w+)", re.MULTILINE)


def write(results: list[Result], machine: dict[str, Any], order: Collection[str], path: Path = DOCS) -> None:
    """Put the sections of these results into the page, in the order of the benchmarks' names; all others stay as they are."""
    kept = sections(path.read_text(encoding="utf-8")) if path.exists() else {}
    kept |= {r.name: section(r, machine) for r in results}
    path.write_text(assembled({name: kept[name] for name in order if name in kept}, order), encoding="utf-8")


def sections(page: str) -> dict[str, str]:
    """Benchmark -> its section, from the heading on."""
    parts = re.split(r"^(?=## )", page, flags=re.MULTILINE)[1:]
    return {_COMMAND.search(part)[1]: _without_tail(part) for part in parts}


def assembled(parts: dict[str, str], order: Collection[str]) -> str:
    """The whole page: what is missed before anything else, the sections, and what has not been measured yet."""
    missed = [told for name, part in parts.items() for told in _missed(name, part)]
    head = ["Targets missed:", "", *missed] if missed else ["No target is missed."]
    left_out = [name for name in order if name not in parts]
    tail = [f"Not measured yet: {', '.join(left_out)}."] if left_out else []
    return "\n\n".join([_INTRODUCTION + "\n" + "\n".join(head), *(p.strip() for p in parts.values()), *tail]) + "\n"


def _without_tail(part: str) -> str:
    return re.sub(r"^Not measured (?:in this run|yet): .*\n?", "", part, flags=re.MULTILINE)


def _missed(name: str, part: str) -> list[str]:
    rows = [
        [cell.strip() for cell in line.strip("|").split(" | ")] for line in part.splitlines() if "| MISSED |" in line
    ]
    return [f"- {name}: {cells[0]}: {cells[1]}, target {cells[3]}" for cells in rows]


if __name__ == "__main__":
    from benchmarks.__main__ import BENCHMARKS

    write([], {}, BENCHMARKS)
