"""A blocking check, a broken raw file, and a wrong build: the last publication stays, and the run says what to do."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

import pytest
from warehouse_fakes import PROJECT

from warehouse import candidate, steps
from warehouse.dbt_build import Node
from warehouse.errors import BuildFailed, GateFailed
from warehouse.layout import candidate_file, current_version

CASE = PROJECT / "tests" / "golden" / "refunds" / "inbox"


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """The golden refunds, published as run `good`."""
    from ingest.pipeline import land_inbox

    home = tmp_path_factory.mktemp("gate") / "home"
    shutil.copytree(CASE, home / "inbox")
    land_inbox("douyin", home=home)
    steps.build_candidate("good", None, home=home)
    steps.check_candidate("good", home=home)
    steps.publish_candidate("good", home=home)
    return home


def _net(home) -> list:
    import duckdb

    with duckdb.connect(str(current_version(home)), read_only=True) as connection:
        return connection.execute("select sub_order_id, net_cny from marts.fct_order_lines order by 1").fetchall()


def test_a_failing_check_stops_the_run(home):
    """One wrong cent in one mart: named are the check, the row and the action; nothing is published, before or after a retry."""
    import duckdb

    before = _net(home)
    steps.build_candidate("wrong", None, home=home)
    with duckdb.connect(str(candidate_file(home, "wrong"))) as connection:
        line = connection.execute("select min(sub_order_id) from marts.fct_order_lines").fetchone()[0]
        connection.execute("update marts.fct_order_lines set net_cny = net_cny + 0.01 where sub_order_id = ?", [line])
    for _ in range(2):
        with pytest.raises(GateFailed) as stopped:
            steps.check_candidate("wrong", home=home)
    told = str(stopped.value)
    assert "the last publication stays" in told
    assert "[BLOCK] marts gate: net_is_gmv_less_refunds failed on fct_order_lines, column net_cny: 1 of 3 rows" in told
    assert line in told, "the row is named"
    assert "do: net_cny is defined as gmv_cny - refund_to_date_cny" in told
    with pytest.raises(GateFailed, match="wrong has not passed"):
        steps.publish_candidate("wrong", home=home)
    assert current_version(home).name == "marts_good.duckdb"
    assert _net(home) == before


@pytest.mark.parametrize("damage", ["cut", "scratched"])
def test_a_damaged_raw_object_stops_the_build(damage, home):
    """Cut: no view can be made of it. Scratched (its footer is whole): dbt names the model. The publication stays.

    In a rebuild: a build that continues does not read again what it has read.
    """
    before = _net(home)
    broken = next((home / "raw" / "douyin" / "orders").glob("*.parquet"))
    whole = broken.read_bytes()
    footer = len(whole) - 8 - int.from_bytes(whole[-8:-4], "little")
    broken.write_bytes(whole[:footer] if damage == "cut" else b"PAR1" + b"\xff" * (footer - 4) + whole[footer:])
    named = {"cut": f"raw douyin.orders cannot be read: .*{broken.name}", "scratched": "model stg_douyin__order_lines"}
    try:
        with pytest.raises(BuildFailed, match=named[damage]) as stopped:
            steps.build_candidate(damage, None, home=home, rebuild=True)
    finally:
        broken.write_bytes(whole)
    assert "Next: " in str(stopped.value) and "the last publication stays" in str(stopped.value)
    with pytest.raises(FileNotFoundError):
        steps.check_candidate(damage, home=home)
    assert current_version(home).name == "marts_good.duckdb"
    assert _net(home) == before


def test_the_next_run_publishes_and_clears_up(home):
    """After failures the next good run is served, and the candidates of the failed ones are gone."""
    before = _net(home)
    steps.build_candidate("mended", None, home=home)
    assert not [c for c in steps.check_candidate("mended", home=home) if c.blocks]
    steps.publish_candidate("mended", home=home)
    assert current_version(home).name == "marts_mended.duckdb"
    assert _net(home) == before
    assert sorted(p.name for p in (home / "warehouse").glob("*.duckdb")) == ["build.duckdb"]


def test_a_build_that_lacks_memory_says_what_to_set(home):
    """In a process of its own: dbt keeps the settings of a process's first build. Be it the build or the gate that lacks it."""
    before = current_version(home)
    told = subprocess.run(
        [sys.executable, "-m", "warehouse.cli", "run", "--force"], cwd=PROJECT, capture_output=True, text=True,
        env=os.environ | {"FUPAN_HOME": str(home), "FUPAN_MEMORY_LIMIT": "6MB"},
    )  # fmt: skip
    assert told.returncode != 0
    assert "Out of Memory" in told.stderr + told.stdout
    assert "give the engine more memory (FUPAN_MEMORY_LIMIT, now 6MB)" in told.stderr + told.stdout
    assert current_version(home) == before


def test_a_model_that_lacks_memory_says_what_to_set(monkeypatch):
    monkeypatch.setenv("FUPAN_MEMORY_LIMIT", "6MB")
    told = candidate._failures(
        [Node("model", "int_journeys", "error", 1.0, message="Out of Memory Error: failed to pin block")]
    )
    assert "Next: give the engine more memory (FUPAN_MEMORY_LIMIT, now 6MB), then run again" in told
