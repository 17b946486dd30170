"""The same world, span and quirks give the same bytes: twice, under another time zone, and in another process."""

import hashlib
import os
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from simulator.exports import write_exports
from simulator.quirks import QUIRKS, resolve
from simulator.world import World

ROOT = Path(__file__).parents[3]
CONTRACTS = ROOT / "ingest" / "contracts"
SCRIPT = """
import sys
from datetime import date
from pathlib import Path
from simulator.exports import write_exports
from simulator.world import World
world = World(seed=5, first_day=date(2026, 9, 1), days=6, orders_per_day=40)
write_exports(world, Path(sys.argv[1]), date(2026, 9, 1), date(2026, 9, 5))
write_exports(world, Path(sys.argv[1]), date(2026, 9, 6), date(2026, 9, 6))
"""


def hashes(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_same_bytes_in_other_processes_and_time_zones(tmp_path):
    found = []
    for zone in ("UTC", "Asia/Shanghai", "America/New_York"):
        inbox = tmp_path / zone.replace("/", "_")
        environment = os.environ | {"TZ": zone, "PYTHONPATH": str(ROOT), "PYTHONHASHSEED": str(len(zone))}
        subprocess.run([sys.executable, "-c", SCRIPT, str(inbox)], check=True, env=environment, cwd=tmp_path)
        found.append(hashes(inbox))
    assert len(found[0]) > 20
    assert found[0] == found[1] == found[2]


def test_another_seed_is_another_company(tmp_path):
    for seed in (1, 2):
        # Long enough that something is reviewed, settled and bought again.
        world = World(seed=seed, first_day=date(2026, 9, 1), days=16, orders_per_day=100)
        write_exports(world, tmp_path / str(seed), date(2026, 9, 1), date(2026, 9, 16))
    one, two = hashes(tmp_path / "1"), hashes(tmp_path / "2")
    differing = {name for name in one if one[name] != two.get(name)}
    assert differing == {name for name in one if "/warehouses/" not in name}


def test_a_day_does_not_depend_on_what_was_written_before(tmp_path, small_world, next_day):
    fresh = World(seed=3, first_day=date(2026, 9, 1), days=12, orders_per_day=150)
    write_exports(fresh, tmp_path, date(2026, 9, 12), date(2026, 9, 12))
    assert fresh == small_world
    assert hashes(tmp_path) == hashes(next_day)


def test_history_has_files_of_every_contract(history, next_day):
    contracts = {path.relative_to(CONTRACTS).parts[0] + "." + path.name.split(".")[0] for path in CONTRACTS.glob("*/*")}
    written = [
        {".".join(path.relative_to(inbox).parts[:2]) for path in inbox.rglob("*.*")} for inbox in (history, next_day)
    ]
    assert len(contracts) > 40
    assert written == [contracts, contracts]


def test_bad_spans_and_quirks_are_refused(small_world, tmp_path):
    with pytest.raises(ValueError, match="after until"):
        write_exports(small_world, tmp_path, date(2026, 9, 3), date(2026, 9, 2))
    with pytest.raises(ValueError, match="not within"):
        write_exports(small_world, tmp_path, date(2026, 8, 31), date(2026, 9, 2))
    with pytest.raises(ValueError, match="unknown quirk tabs"):
        write_exports(small_world, tmp_path, date(2026, 9, 1), date(2026, 9, 2), quirks={"tabs"})
    assert not list(tmp_path.rglob("*"))
    assert resolve(None) == set(QUIRKS)
    assert resolve(()) == frozenset()


def test_progress_sees_every_file(tmp_path):
    seen = []
    world = World(seed=1, first_day=date(2026, 9, 1), days=2, orders_per_day=20)
    written = write_exports(world, tmp_path, date(2026, 9, 1), date(2026, 9, 2), progress=seen.append)
    assert seen == written
    assert set(written) == {path for path in tmp_path.rglob("*") if path.is_file()}
