"""Raw and quarantine are derived again from landing: the same bytes, whatever was decided in between, and also after a kill."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from dataclasses import replace

import pyarrow.parquet as pq
import pytest
from site_fakes import CONTRACT, FREE, ROWS, make_site, mend, put
from warehouse_fakes import PROJECT

from ingest import ledger
from ingest.clock import beijing_now
from ingest.home import landing, quarantine_object, raw_object
from ingest.pipeline import land_inbox
from ingest.quarantine import drop
from ingest.rederive import rederive
from ingest.retry import retry

#: a second file, an older export of the same day with another order in it
OLDER = (ROWS[0], "1004,7.50,2026-09-10 07:00:00,", "1005,8.50,2026-09-10 07:30:00,")


@pytest.fixture
def site(tmp_path, monkeypatch):
    folder = make_site(tmp_path / "site")
    monkeypatch.setenv("FUPAN_SITE", str(folder))
    monkeypatch.setattr("ingest.pipeline.gate", lambda *_: [])
    monkeypatch.setattr("ingest.retry._gated", lambda shop, home, made: [(b, replace(a, gate="passed")) for b, a in made])  # fmt: skip
    return folder


@pytest.fixture
def home(site, tmp_path):
    """Two loads: one with two rows and one set aside, one with two; and a file that is refused."""
    folder = tmp_path / "home"
    put(folder)
    put(folder, OLDER, "orders_20260910230000.csv")
    put(folder, ("no", "header"), "orders_20260912020000.csv")
    land_inbox("bazaar", home=folder)
    for load in ledger.read_loads(folder):
        if load.status == "loaded":
            ledger.write_load(folder, replace(load, gate="passed"))
    return folder


def objects(home) -> dict:
    """Path -> bytes of everything in raw, quarantine and landing; the ledger's rows."""
    paths = [p for kind in ("raw", "quarantine", "landing") for p in (home / kind).rglob("*") if p.is_file()]
    return {str(p.relative_to(home)): p.read_bytes() for p in paths} | {x.load_id: x for x in ledger.read_loads(home)}


def delete(home) -> None:
    """raw/, and of quarantine/ what is derived: the refused files beside it wait for a person."""
    shutil.rmtree(home / "raw")
    for path in (home / "quarantine").rglob("*.parquet"):
        path.unlink()


def outcomes(results) -> list[str]:
    return sorted(r.outcome for r in results)


def test_raw_is_gone_and_comes_again_byte_for_byte(home):
    before = objects(home)
    assert outcomes(rederive(home)) == ["same", "same"] and objects(home) == before
    delete(home)
    assert len(objects(home)) < len(before)
    assert outcomes(rederive(home)) == ["restored", "restored"]
    assert objects(home) == before, "and the refused file stays what it was"
    assert not list((home / "tmp").glob("rebuild-*"))


def test_other_bytes_are_put_right(home):
    before = objects(home)
    load = next(x for x in ledger.read_loads(home) if x.rows_quarantined)
    raw_object(home, "bazaar", "orders", load.load_id).write_bytes(b"PAR1 not any more")
    told = [r for r in rederive(home) if r.outcome != "same"]
    assert [(r.load.load_id, r.why) for r in told] == [(load.load_id, "raw had other bytes")] and objects(
        home
    ) == before


def test_what_people_decided_stays_decided(home, site):
    """A drop, then a retry under a mended contract: each is found again as it was."""
    load = next(x for x in ledger.read_loads(home) if x.rows_quarantined)
    drop(home, load, "a free order", now=beijing_now())
    dropped = objects(home)
    delete(home)
    rederive(home)
    assert objects(home) == dropped and ledger.find_load(home, load.load_id).dropped_reason == "a free order"
    mend(site, FREE)
    assert [r.outcome for r in retry(home, [load])] == ["changed"]
    retried = objects(home)
    delete(home)
    assert outcomes(rederive(home)) == ["restored", "restored"]
    assert objects(home) == retried
    assert pq.read_metadata(raw_object(home, "bazaar", "orders", load.load_id)).num_rows == 3


def test_another_contract_makes_another_load_of_it(home, site):
    """Mended since, and nobody retried: the load is taken over, and waits for the landing gate; made stricter: what was loaded stays."""
    load = next(x for x in ledger.read_loads(home) if x.rows_quarantined)
    mend(site, FREE)
    changed = next(r for r in rederive(home) if r.load.load_id == load.load_id)
    assert changed.outcome == "changed" and "rows_loaded: 2 -> 3" in changed.why
    after = ledger.find_load(home, load.load_id)
    assert (after.rows_loaded, after.rows_quarantined, after.gate, after.loaded_at) == (3, 0, "", load.loaded_at)
    assert not quarantine_object(home, "bazaar", "orders", load.load_id).exists()
    before = objects(home)
    mend(site, CONTRACT.replace("physicalName: 实付", "physicalName: 应付"))
    kept = rederive(home)
    assert outcomes(kept) == ["kept", "kept"] and "应付" in kept[0].why and objects(home) == before
    delete(home)
    assert outcomes(rederive(home)) == ["lost", "lost"]


def test_originals_that_are_gone(home):
    load = ledger.read_loads(home)[0]
    for one in ledger.read_loads(home):
        shutil.rmtree(landing(home, "bazaar", "orders", one.load_id))
    assert outcomes(rederive(home)) == ["gone", "gone"]
    raw_object(home, "bazaar", "orders", load.load_id).unlink(missing_ok=True)
    assert outcomes(rederive(home)) in (["gone", "lost"], ["gone", "gone"])


def test_into_another_home(home, tmp_path):
    """As `fupan rebuild --check` does: the home stays as it is, byte for byte."""
    other = tmp_path / "other"
    other.mkdir()
    (other / "state").symlink_to(home / "state")
    shutil.copytree(home / "ledger", other / "ledger")
    before = objects(home)
    assert outcomes(rederive(home, other)) == ["restored", "restored"]
    assert objects(home) == before
    made = {k: v for k, v in objects(other).items() if k.startswith("raw/")}
    assert made == {k: v for k, v in before.items() if isinstance(k, str) and k.startswith("raw/")} and len(made) == 2


@pytest.mark.fault(28)
def test_killed_on_the_way(home):
    """At each of some steps: the next try ends the work."""
    before = objects(home)
    code = "import sys, pathlib; from ingest.rederive import rederive; rederive(pathlib.Path(sys.argv[1]))"
    died = 0
    for step in (2, 19, 23, 25):
        delete(home)
        done = subprocess.run([sys.executable, "-c", code, home], cwd=PROJECT, env=os.environ | {"FUPAN_DIE_AT": str(step)}, timeout=120)  # fmt: skip
        died += done.returncode == -signal.SIGKILL
        rederive(home)
        assert objects(home) == before and not list((home / "raw").rglob(".*"))
    assert died >= 2
