"""Start detached processes, find them again, and end them with everything that they started."""

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import TypedDict


class Known(TypedDict):
    """A process as it is remembered: the start time tells it from a later one with the same number."""

    pid: int
    created: float


# Every process that a part starts inherits this, and is found by it even after its parent has gone.
MARK = "FUPAN_SUPERVISOR"


def start(command: list[str], environment: Mapping[str, str], folder: Path, log: Path) -> Known:
    """Start ``command`` in its own session with its output appended to ``log``; it outlives this process."""
    import psutil

    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        child = subprocess.Popen(
            command,
            cwd=folder,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    return {"pid": child.pid, "created": psutil.Process(child.pid).create_time()}


def find(known: Known):
    """Return the psutil.Process that was started, or None when it has ended."""
    import psutil

    try:
        process = psutil.Process(known["pid"])
        alive = process.create_time() == known["created"] and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return None
    return process if alive else None


def marked(mark: str) -> list:
    """Return every live process of ours whose environment carries ``MARK=mark``, this process not among them."""
    import psutil

    found = []
    for process in psutil.process_iter():
        try:
            if process.pid != os.getpid() and process.environ().get(MARK) == mark:
                found.append(process)
        except (psutil.NoSuchProcess, psutil.AccessDenied, psutil.ZombieProcess):
            continue
    return found


def end(parts: Mapping[str, Known], mark: str, patience_seconds: float = 20) -> None:
    """End the parts gently, then whatever carries the mark, then by force; returns when none is left.

    Raises RuntimeError when a process survives even that.
    """
    import psutil

    leaders = [process for process in map(find, parts.values()) if process is not None]
    for step, processes in (("terminate", leaders), ("terminate", None), ("kill", None)):
        processes = marked(mark) if processes is None else processes
        for process in processes:
            try:
                getattr(process, step)()
            except psutil.NoSuchProcess:
                continue
        psutil.wait_procs(processes, timeout=patience_seconds)
    left = [process.pid for process in marked(mark)]
    if left:
        raise RuntimeError(f"processes {left} could not be ended")
