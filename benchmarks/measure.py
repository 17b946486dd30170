"""One side of a comparison is one fresh process: its wall time, its CPU time and its peak memory; sides take turns."""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).resolve().parent.parent


#: an ordinary installation keeps its compiled modules; without them every process compiles what it imports anew
_NOT_INHERITED = frozenset({"PYTHONDONTWRITEBYTECODE", "PYTHONPROFILEIMPORTTIME", "PYTHONDEVMODE"})


class SideFailed(RuntimeError):
    """A measured process ended with an error; its last words are the message."""


@dataclass(frozen=True)
class Sample:
    """One run of one side. Seconds and bytes are of the process and of those that it waited for.

    peak_bytes: the largest resident set of any of them. told: the JSON object on the last line of its output, if there was one.
    """

    wall_seconds: float
    cpu_seconds: float
    peak_bytes: int
    told: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Measured:
    """All runs of one side."""

    name: str
    samples: tuple[Sample, ...]

    @property
    def best(self) -> float:
        """The shortest wall time, in seconds."""
        return min(s.wall_seconds for s in self.samples)

    @property
    def median(self) -> float:
        """The median wall time, in seconds."""
        return statistics.median(s.wall_seconds for s in self.samples)

    @property
    def cpu(self) -> float:
        """CPU seconds (user and system) of the quickest run."""
        return min(self.samples, key=lambda s: s.wall_seconds).cpu_seconds

    @property
    def peak_bytes(self) -> int:
        """The largest resident set of all runs."""
        return max(s.peak_bytes for s in self.samples)

    def as_dict(self) -> dict[str, Any]:
        """For --json."""
        return {
            "name": self.name, "best_seconds": self.best, "median_seconds": self.median, "cpu_seconds": self.cpu,
            "peak_bytes": self.peak_bytes, "samples": [vars(s) for s in self.samples],
        }  # fmt: skip


def run_process(
    arguments: list[str], environment: Mapping[str, str] | None = None, codes: tuple[int, ...] = (0,)
) -> Sample:
    """Run one process from the project's root and measure it; raises SideFailed on an exit code that is not in `codes`.

    This process stays small on purpose: Linux counts the memory of whoever starts a process towards that process's peak.
    """
    os.sync()  # what the last side left to be written is not this side's burden
    inherited = {k: v for k, v in os.environ.items() if k not in _NOT_INHERITED}
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        started = time.perf_counter()
        process = subprocess.Popen(
            arguments, cwd=PROJECT, env={**inherited, **(environment or {})}, stdout=out, stderr=err
        )
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        err.seek(0)
        output, errors = out.read().decode(errors="replace"), err.read().decode(errors="replace")
    if process.returncode not in codes:
        raise SideFailed(f"{' '.join(arguments[:6])} ended with {process.returncode}:\n{(errors or output)[-2000:]}")
    return Sample(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024, _last_json(output))


def _last_json(output: str) -> dict[str, Any]:
    lines = output.strip().splitlines()
    try:
        told = json.loads(lines[-1]) if lines else {}
    except json.JSONDecodeError:
        return {}
    return told if isinstance(told, dict) else {}


def side(name: str, *arguments: object) -> Sample:
    """Run one function of benchmarks.sides in a fresh interpreter."""
    return run_process([sys.executable, "-m", "benchmarks.sides", name, *map(str, arguments)])


def take_turns(
    sides: Mapping[str, Callable[[], Sample]], repeats: int, tell: Callable[[str], None] = lambda _: None,
    once: Collection[str] = (),
) -> dict[str, Measured]:  # fmt: skip
    """Run every side `repeats` times, one after the other in each round, so that a busy machine is busy for all of them.

    once: sides so much slower than the others that the first round alone tells enough.
    """
    samples: dict[str, list[Sample]] = {name: [] for name in sides}
    for number in range(repeats):
        for name, run in sides.items():
            if number and name in once:
                continue
            samples[name].append(run())
            tell(f"round {number + 1}/{repeats}  {name}: {samples[name][-1].wall_seconds:.2f} s")
    return {name: Measured(name, tuple(found)) for name, found in samples.items()}


def fresh(work: Path, run: Callable[[], Sample]) -> Sample:
    """Into an empty folder each time: a second landing of the same bytes would be a duplicate and do nothing."""
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    try:
        return run()
    finally:
        shutil.rmtree(work, ignore_errors=True)


def holding(sample: Sample, told: str, expected: int) -> Sample:
    """The sample, if the side told that it came to so many (rows, files); raises SideFailed if not."""
    if sample.told.get(told) != expected:
        raise SideFailed(f"{sample.told} instead of {told} {expected:,}: the comparison would not be one")
    return sample
