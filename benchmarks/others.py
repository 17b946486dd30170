"""The other tools (dlt, fastexcel) in an environment of their own, made at first use from pinned and hashed requirements.

They are no part of Fupan's environment: what they need must not decide which versions Fupan runs on.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

from benchmarks.measure import PROJECT, Sample, SideFailed, run_process

REQUIREMENTS = PROJECT / "benchmarks" / "requirements-dlt.txt"
#: dlt keeps its own state and tells its maker of every run; neither may leave the bench's folder
_QUIET = {"RUNTIME__DLTHUB_TELEMETRY": "false", "DO_NOT_TRACK": "1", "RUNTIME__LOG_LEVEL": "ERROR"}


def other_side(scratch: Path, name: str, *arguments: object) -> Sample:
    """Run one function of benchmarks.dlt_sides in a fresh interpreter of the other environment."""
    data = scratch / "dlt_data"
    command = [str(other_python(scratch)), "-m", "benchmarks.dlt_sides", name, *map(str, arguments)]
    return run_process(command, {**_QUIET, "DLT_DATA_DIR": str(data)})


def other_python(scratch: Path) -> Path:
    """The interpreter of the environment, which is made if it is not there for these requirements; SideFailed if it cannot be."""
    mark = hashlib.sha256(REQUIREMENTS.read_bytes()).hexdigest()[:12]
    folder = scratch / f"others_{mark}"
    python = folder / "bin" / "python"
    if (folder / "ready").exists():
        return python
    uv = Path(sys.executable).with_name("uv")
    shutil.rmtree(folder, ignore_errors=True)
    for command in (
        [uv, "venv", "--quiet", "--python", sys.executable, folder],
        [uv, "pip", "sync", "--quiet", "--compile-bytecode", "--python", python, "--require-hashes", REQUIREMENTS],
    ):
        done = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False)
        if done.returncode:
            raise SideFailed(f"the environment of the other tools cannot be made:\n{done.stderr[-2000:]}")
    (folder / "ready").touch()
    return python
