"""Whether a day costs the same after a month and after a year: the daily run with more and more history behind it."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

from benchmarks.fixed_cost import fupan_run
from benchmarks.measure import Measured, Sample, run_process
from benchmarks.result import Result, Row

#: order lines a day and days of history; FUPAN_BENCH_DAY_LINES=1000 and FUPAN_BENCH_HISTORIES="30 90" take other ones, and the page says which
_FULL = 10_000
_HISTORIES = (30, 90, 365)
_WARM = 1  # the first day after a build that was made afresh is begun from a copy
_DAYS = 2  # measured days after it; the quicker one counts
_LIMIT = 1.2
_STEPS = ("build", "check", "publish")
_GREW = 5  # nodes of the build that are named


def run(scratch: Path, *, quick: bool, repeats: int, tell: Callable[[str], None]) -> Result:
    """One company after 30, 90 and 365 days (quick: 5 and 15): whole daily runs on top, from files to publication.

    The history grows in one home, so that every day behind it stays; it comes as the few overlapping files of a span, the days as daily
    files. One version is kept, so that the third day already finds one that is no longer kept, as every day finds one after as many days
    as versions are kept. Not measured: making the history, landing it, its build, which is afresh each time, and the day after that.
    """
    lines = 100 if quick else int(os.environ.get("FUPAN_BENCH_DAY_LINES", _FULL))
    asked = tuple(int(days) for days in os.environ.get("FUPAN_BENCH_HISTORIES", "").split())
    histories = (5, 15) if quick else asked or _HISTORIES
    home, known = scratch / "flat", histories[-1] + _WARM + _DAYS
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir(parents=True)
    (home / "retention.json").write_text('{"versions": 1}')
    measured: dict[int, Measured] = {}
    sizes: dict[int, int] = {}
    nodes: dict[int, dict[str, float]] = {}
    landed = 0
    for days in histories:
        lengthen(home, known, lines, landed + 1, days)
        tell(f"{days} days of history are published")
        samples, by_node = [], []
        for landed in range(days + 1, days + _WARM + _DAYS + 1):
            day = put_day(home, known, lines, landed)
            samples.append(_short(fupan_run(home, day)))
            by_node.append(_side("nodes", home).told)
            tell(f"after {days} days, {day}: {samples[-1].wall_seconds:.1f} s {samples[-1].told['seconds']}")
        del samples[:_WARM], by_node[:_WARM]
        nodes[days] = {name: min(told.get(name, 0.0) for told in by_node) for name in by_node[-1]}
        sizes[days] = sum(
            p.stat().st_size for p in (home / "warehouse" / "build.duckdb", (home / "serve" / "marts.duckdb").resolve())
        )
        measured[days] = Measured(f"after {days} days", tuple(samples))
    shutil.rmtree(home, ignore_errors=True)
    first, last = histories[0], histories[-1]
    rows = [
        Row(
            f"a day after {days} days / after {first} days", m.best / measured[first].best, "x", m.median / measured[first].median,
            _LIMIT if days == last else None, note=f"CPU {m.cpu / measured[first].cpu:.2f} x",
        )
        for days, m in measured.items() if days != first
    ]  # fmt: skip
    rows += [
        Row(f"a whole daily run after {days} days", m.best, "s", m.median, note=_by_step(m))
        for days, m in measured.items()
    ]
    grew = sorted(nodes[last], key=lambda name: nodes[first].get(name, 0.0) - nodes[last][name])[:_GREW]
    rows += [
        Row(f"grew most in the build: {name}", nodes[last][name], "s", note=f"{nodes[first].get(name, 0.0):.2f} s after {first} days")
        for name in grew
    ]  # fmt: skip
    facts = {
        "order_lines_a_day": lines,
        "build_and_version_mb": {f"after {d} days": round(b / 1e6) for d, b in sizes.items()},
    }
    return Result("flat", f"A day of {lines:,} order lines, by the history behind it", lines >= _FULL and (first, last) == (_HISTORIES[0], _HISTORIES[-1]), rows, list(measured.values()), facts)  # fmt: skip


def lengthen(home: Path, known: int, lines: int, since: int, until: int) -> None:
    """Land the days since..until of a company of `known` days, build them afresh with what is there, and publish."""
    _side("history", home, known, lines, since, until)


def put_day(home: Path, known: int, lines: int, number: int) -> str:
    """Put the daily files of one day into the inbox; returns the day."""
    return _side("day", home, known, lines, number, number).told["day"]


def _by_step(measured: Measured) -> str:
    best = min(measured.samples, key=lambda s: s.wall_seconds).told["seconds"]
    pulls = sum(s for name, s in best.items() if name.startswith("pull_"))
    return ", ".join([f"land and gate {pulls:.1f} s", *(f"{step} {best[step]:.1f} s" for step in _STEPS)])


def _short(sample: Sample) -> Sample:
    """The ledger's rows are no part of the report."""
    return Sample(sample.wall_seconds, sample.cpu_seconds, sample.peak_bytes, {"seconds": sample.told["seconds"]})


def _side(name: str, home: Path, *arguments: object) -> Sample:
    return run_process([sys.executable, "-m", "benchmarks.flat_sides", name, str(home), *map(str, arguments)])
