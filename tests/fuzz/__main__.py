"""`python -m tests.fuzz --seconds N`: coverage-guided fuzzing of the readers, for N seconds in all, shared by the targets.

Each target runs in a process of its own, from real layouts and the inputs that were found before. An input that crashes, hangs
or miscounts is kept and printed, and the exit status is 1.
"""

from __future__ import annotations

import argparse
import base64
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from tests.fuzz.seeds import seeds
from tests.fuzz.targets import TARGETS

PROJECT = Path(__file__).parents[2]
FOUND = Path(__file__).parent / "found"
#: seconds that one input may take by the clock where no signal reaches it (run_target.py counts those of the processor); the
#: process may hold so many megabytes
_HANG_SECONDS, _MEMORY_MB = 240, 3072
_STARTING = 60  # seconds that a busy machine takes to import everything and to go through the corpus


@dataclass(frozen=True)
class Outcome:
    """What a target came to: inputs tried, paths through the code that were seen, and the inputs that broke it."""

    target: str
    runs: int
    covered: int
    broken: list[Path]
    words: str


def main() -> None:
    """Fuzz the targets named, or all."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=int, default=90, help="for all targets together (default 90)")
    parser.add_argument("--jobs", type=int, default=min(2, os.cpu_count() or 1), help="targets at a time")
    parser.add_argument("--seed", type=int, default=int(time.time()), help="of the mutations; it is printed")
    parser.add_argument(
        "--keep", type=Path, default=Path(tempfile.gettempdir()) / "fupan-fuzz", help="where failing inputs go"
    )
    parser.add_argument("targets", nargs="*", help=f"of {', '.join(TARGETS)}")
    given = parser.parse_args()
    if unknown := set(given.targets) - set(TARGETS):
        parser.error(f"no target {', '.join(sorted(unknown))}; known: {', '.join(TARGETS)}")
    names = given.targets or list(TARGETS)
    each = max(2, given.seconds * given.jobs // len(names))
    print(f"fuzzing {len(names)} targets, {each} s each, seed {given.seed}", flush=True)
    with ThreadPoolExecutor(given.jobs) as pool:
        outcomes = list(pool.map(lambda name: _fuzz(name, each, given.seed, given.keep), names))
    for outcome in outcomes:
        for path in outcome.broken:
            print(
                f"\n{outcome.target}: {path}\n{outcome.words}\nbase64: {base64.b64encode(path.read_bytes()).decode()}"
            )
    broken = sum(len(o.broken) for o in outcomes)
    if broken:
        print(f"\n{broken} input(s) broke a reader. Next: mend it, and keep the input under tests/fuzz/found/<target>/")
    sys.exit(bool(broken))


def _fuzz(name: str, seconds: int, seed: int, keep: Path) -> Outcome:
    keep = keep / name
    keep.mkdir(parents=True, exist_ok=True)
    workshop = Path(
        tempfile.mkdtemp(prefix=f"fupan-fuzz-{name}-", dir="/dev/shm" if Path("/dev/shm").is_dir() else None)
    )
    try:
        corpus = workshop / "corpus"
        corpus.mkdir()
        for number, data in enumerate([*seeds(name), *(p.read_bytes() for p in sorted((FOUND / name).glob("*")))]):
            (corpus / f"{number:04}").write_bytes(data)
        before = set(keep.iterdir())
        done = subprocess.run(
            [
                sys.executable, "-m", "tests.fuzz.run_target", name, str(workshop), str(corpus), f"-max_total_time={seconds}",
                f"-timeout={_HANG_SECONDS}", f"-rss_limit_mb={_MEMORY_MB}", f"-artifact_prefix={workshop}/failing-", f"-seed={seed % 2**31}",
                "-max_len=20000", "-print_final_stats=1", "-report_slow_units=3600",
            ],
            # with the order of sets drawn by the seed too, a seed gives the same inputs again, as far as the time reaches
            cwd=PROJECT, env=os.environ | {"PYTHONPATH": str(PROJECT), "PYTHONHASHSEED": str(seed % 2**31), "RUST_BACKTRACE": "0"}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace",
            timeout=seconds + _STARTING + 2 * _HANG_SECONDS,
        )  # fmt: skip
        for failing in workshop.glob("failing-*"):
            shutil.move(failing, keep / failing.name.removeprefix("failing-"))
    finally:
        shutil.rmtree(workshop, ignore_errors=True)
    broken = sorted(set(keep.iterdir()) - before)
    if done.returncode and not broken:
        raise SystemExit(f"{name}: the fuzzer ended with {done.returncode} and kept no input:\n{done.stdout[-3000:]}")
    runs = re.search(r"number_of_executed_units: (\d+)", done.stdout)
    covered = re.findall(r"cov: (\d+)", done.stdout)
    outcome = Outcome(
        name, int(runs[1]) if runs else 0, int(covered[-1]) if covered else 0, broken, _words(done.stdout)
    )
    print(f"  {name:10} {outcome.runs:>8,} inputs, {outcome.covered:>5,} edges, {len(broken)} broken", flush=True)
    if not outcome.runs and not broken:
        raise SystemExit(f"{name}: nothing was tried:\n{done.stdout[-3000:]}")
    return outcome


def _words(told: str) -> str:
    """The part of a fuzzer's output that tells what went wrong."""
    starts = [at for at in (told.find("=== Uncaught"), told.find("ERROR: libFuzzer")) if at >= 0]
    return told[min(starts) : min(starts) + 3000] if starts else told[-1500:]


if __name__ == "__main__":
    main()
