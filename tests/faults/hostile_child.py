"""Landing in a process of its own, so that its peak memory and its time can be measured, and a crash seen for what it is."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

PROJECT = Path(__file__).parents[2]

_CODE = """
import json, resource, sys, time
from pathlib import Path
from ingest.landing import connect
import duckdb, numpy, pyarrow.parquet, lxml.etree, orjson, python_calamine, zipfile  # not the file's cost
way, first, second, home = sys.argv[1:]
base = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
start = time.perf_counter()
if way == "file":
    from ingest.pipeline import land_given
    loads = land_given(Path(first), *second.split("."), home=Path(home))
else:
    from ingest.pipeline import land_inbox
    loads = land_inbox(first, home=Path(home)).loads
seconds = time.perf_counter() - start
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
told = [{"status": x.status, "reason": x.reason, "rows": [x.rows_read, x.rows_loaded, x.rows_quarantined, x.rows_non_data],
         "file": x.file_name, "id": x.load_id, "notes": x.notes, "dataset": x.dataset} for x in loads]
print(json.dumps({"loads": told, "seconds": seconds, "added_mb": (peak - base) / 1024, "peak_mb": peak / 1024}))
"""


@dataclass(frozen=True)
class Told:
    """What a landing in a child came to. loads: dicts with status, reason, rows, file, id, notes, dataset; added_mb: peak
    resident memory over that of the idle process with its libraries."""

    loads: list[dict]
    seconds: float
    added_mb: float
    peak_mb: float

    @property
    def only(self) -> dict:
        """The one load."""
        (load,) = self.loads
        return load


def land_apart(path: Path, dataset: str, home: Path, *, timeout: float = 120) -> Told:
    """`fupan load` of one file in a child. Fails the test when the child crashes or takes longer than `timeout` seconds."""
    return _run("file", str(path), dataset, home, timeout)


def pull_apart(source: str, home: Path, *, timeout: float = 300) -> Told:
    """The landing of a source's inbox in a child."""
    return _run("inbox", source, "", home, timeout)


def _run(way: str, first: str, second: str, home: Path, timeout: float) -> Told:
    done = subprocess.run(
        [sys.executable, "-c", _CODE, way, first, second, str(home)],
        env=os.environ | {"PYTHONPATH": str(PROJECT), "FUPAN_HOME": str(home)},
        capture_output=True, text=True, timeout=timeout, cwd=PROJECT,
    )  # fmt: skip
    assert done.returncode == 0, (
        f"the child ended with {done.returncode}: {done.stderr.strip().splitlines()[-1:] or 'no word'}"
    )
    return Told(**json.loads(done.stdout.strip().splitlines()[-1]))
