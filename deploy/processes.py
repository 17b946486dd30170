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


# Every process that a part starts inherits this, and is found by it even after its parent has gone (but see `belonging`).
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


def belonging(mark: str, parts: Mapping[str, Known]) -> list:
    """Return every live process of ours, this process not among them.

    Ours are those whose environment carries ``MARK=mark``, and those of a part's session that have no environment to be read:
    Airflow's workers and tasks write their titles over it, and stay in the session when their parent has gone.
    """
    import psutil

    sessions = {known["pid"]: known["created"] for known in parts.values() if not _is_another(known)}
    found = []
    for process in psutil.process_iter():
        try:
            environment = process.environ()
            created = sessions.get(os.getsid(process.pid), float("inf")) if not environment else float("inf")
            ours = environment.get(MARK) == mark or process.create_time() >= created
            if ours and process.pid != os.getpid() and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
        except (psutil.Error, ProcessLookupError, PermissionError):
            continue
    return found


def _is_another(known: Known) -> bool:
    """Whether the number of a part has gone to another process, and with it perhaps the session."""
    import psutil

    try:
        return psutil.Process(known["pid"]).create_time() != known["created"]
    except psutil.NoSuchProcess:
        return known["created"] < psutil.boot_time()


def end(parts: Mapping[str, Known], mark: str, patience_seconds: float = 20) -> None:
    """End the parts gently, then all that belongs to them, then by force; returns when none is left.

    Raises RuntimeError when a process survives even that.
    """
    import psutil

    leaders = [process for process in map(find, parts.values()) if process is not None]
    for step, processes in (("terminate", leaders), ("terminate", None), ("kill", None)):
        processes = belonging(mark, parts) if processes is None else processes
        for process in processes:
            try:
                getattr(process, step)()
            except psutil.NoSuchProcess:
                continue
        psutil.wait_procs(processes, timeout=patience_seconds)
    left = [process.pid for process in belonging(mark, parts)]
    if left:
        raise RuntimeError(f"processes {left} could not be ended")
