"""The machine's time zone and its clock are no inputs: a whole run in another zone, years off, gives the same marts."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from laws_clock import wrong_clock
from test_order import differing

#: (zone, clock as libfaketime takes it, what such a process calls its zone); in the machine's own zone the usual run was made
#: already, under the right clock, so on a machine in UTC one more is enough
WAYS = [
    way
    for way in (("UTC", "1999-11-11 03:00:00", "UTC"), ("America/New_York", "2037-11-11 03:00:00", "EST"))
    if way[2] != time.tzname[0]
]


@pytest.mark.fault(21)
@pytest.mark.parametrize(("zone", "clock", "name"), WAYS)
def test_time_zone_and_clock(zone, clock, name, usual, workshop, company, tmp_path):
    """All files landed and built by a process that lives in `zone` and believes that it is `clock`."""
    listed = tmp_path / "files.json"
    files = [(source, dataset, str(path)) for source, dataset, path in [*company.history, *company.daily]]
    listed.write_text(json.dumps(files), encoding="utf-8")
    workshop.empty()
    ran = subprocess.run(
        [sys.executable, str(Path(__file__).with_name("laws_child.py")), str(workshop.home), str(listed)],
        env=os.environ | {"TZ": zone} | wrong_clock(clock), capture_output=True, text=True, timeout=600,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr[-2000:]
    told = json.loads(ran.stdout.splitlines()[-1])
    assert told["clock"] == f"{clock[:4]} {name}", "the library did nothing, so this proves nothing"
    assert differing(usual, told["hashes"]) == []
