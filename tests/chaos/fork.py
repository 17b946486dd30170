"""Runs as forks of a warm process: dbt and Great Expectations are imported once, and a kill costs a run and no start-up."""

from __future__ import annotations

import os
import pickle
import select
import signal
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

WARM = (
    "dbt.cli.main", "dbt.adapters.duckdb.impl", "duckdb", "pyarrow.parquet", "ingest.batch", "ingest.readers.text", "warehouse.run",
    "expectations.landing_gate", "expectations.marts_gate",
)  # fmt: skip


def warm_up(whole: bool = False) -> None:
    """Import what a run needs, with `whole` Great Expectations too; no thread and no connection is left, so that forks are safe."""
    os.environ.update({"DO_NOT_TRACK": "1", "GX_ANALYTICS_ENABLED": "false"})
    os.environ.setdefault(
        "PYTHONWARNINGS", "ignore:resource_tracker"
    )  # the killed leave semaphores to it, which it tells of
    import logging
    from multiprocessing import resource_tracker

    for name in WARM:
        import_module(name)
    if whole:
        from expectations.engine import great_expectations

        great_expectations()
        import_module("expectations.verdicts")
    logging.disable(logging.INFO)
    resource_tracker.ensure_running()  # of dbt's locks: one for all forks


@dataclass
class Ended:
    """How a fork ended: the signal that killed it (0: none), what its function gave, or the exception in words."""

    signal: int = 0
    value: Any = None
    error: str = ""
    trace: str = ""
    seconds: float = 0.0


class Fork:
    """A function at work in a fork."""

    def __init__(self, function: Callable[[], Any], log: Path | None = None) -> None:
        self.started = time.monotonic()
        self._read, write = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            os.close(self._read)
            _work(function, write, log)
        os.close(write)

    def wait(self, seconds: float = 600) -> Ended:
        """Its end; it is killed, and an error said, when it takes longer."""
        data, late = b"", False
        while True:
            left = self.started + seconds - time.monotonic()
            if not late and not select.select([self._read], [], [], max(0, left))[0]:
                self.kill()
                late = True
                continue
            block = os.read(self._read, 1 << 16)
            if not block:
                break
            data += block
        os.close(self._read)
        _, status = os.waitpid(self.pid, 0)
        ended = pickle.loads(data) if data else Ended(error="" if os.WIFSIGNALED(status) else "ended without a word")
        ended.signal = os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0
        ended.seconds = time.monotonic() - self.started
        if late:
            ended.error = f"took longer than {seconds:.0f} s"
        return ended

    def kill(self, how: int = signal.SIGKILL) -> None:
        """Send a signal to this process alone."""
        os.kill(self.pid, how)

    def wait_until_stopped(self, seconds: float = 300) -> bool:
        """Whether it stopped itself (SIGSTOP); False when it ended, or did not stop in time."""
        while time.monotonic() < self.started + seconds:
            state = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()[0]
            if state in "TZ":
                return state == "T"
            time.sleep(0.01)
        return False


def _work(function: Callable[[], Any], write: int, log: Path | None) -> None:
    """The fork's life; it never returns."""
    code = 1
    try:
        out = os.open(log or "/dev/null", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.dup2(out, 1)
        os.dup2(out, 2)
        sys.stdin.close()
        try:
            ended = Ended(value=function())
        except BaseException as problem:
            ended = Ended(error=f"{type(problem).__name__}: {problem}", trace=traceback.format_exc())
        data = pickle.dumps(ended)
        while data:
            data = data[os.write(write, data) :]
        code = 0
    finally:
        os._exit(code)


def in_fork(function: Callable[[], Any], log: Path | None = None, seconds: float = 600) -> Any:
    """What the function gives, computed in a fork; AssertionError when it raised or died."""
    ended = Fork(function, log).wait(seconds)
    assert not ended.signal and not ended.error, f"signal {ended.signal} {ended.error}\n{ended.trace}"
    return ended.value
