"""The machine's time zone is no input: a whole run in another one gives the same marts."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from test_order import differing

#: in the machine's own zone the usual run was made already, so on a machine in UTC one more is enough
ZONES = [zone for zone, name in (("UTC", "UTC"), ("America/New_York", "EST")) if name != time.tzname[0]]


@pytest.mark.parametrize("zone", ZONES)
def test_time_zone(zone, usual, workshop, company, tmp_path):
    """All files landed and built by a process that lives in `zone`."""
    listed = tmp_path / "files.json"
    files = [(source, dataset, str(path)) for source, dataset, path in [*company.history, *company.daily]]
    listed.write_text(json.dumps(files), encoding="utf-8")
    workshop.empty()
    ran = subprocess.run(
        [sys.executable, str(Path(__file__).with_name("laws_child.py")), str(workshop.home), str(listed)],
        env=os.environ | {"TZ": zone}, capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr[-2000:]
    assert differing(usual, json.loads(ran.stdout.splitlines()[-1])) == []
