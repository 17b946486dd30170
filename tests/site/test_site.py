"""A company's folder that is wrong has words: no folder, a bad contract, a broken model, a source that is there already."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]
CONTRACT = """\
apiVersion: v3.1.0
kind: DataContract
id: bazaar.orders
name: 集市订单
version: 1.0.0
status: active
description: {purpose: Orders.}
schema:
  - name: bazaar__orders
    dataGranularityDescription: one row per order
    properties:
      - {name: order_id, physicalName: 订单号, logicalType: string, required: true, primaryKey: true}
"""


@pytest.fixture
def site(tmp_path):
    folder = tmp_path / "site"
    (folder / "contracts" / "bazaar").mkdir(parents=True)
    (folder / "contracts" / "bazaar" / "orders.odcs.yaml").write_text(CONTRACT, encoding="utf-8")
    (folder / "sources.yml").write_text("bazaar: {title: 集市}\n", encoding="utf-8")
    return folder


def fupan(site: Path, *arguments: str) -> subprocess.CompletedProcess:
    env = os.environ | {"FUPAN_SITE": str(site), "FUPAN_HOME": str(site.parent / "home")}
    return subprocess.run([sys.executable, "-m", "warehouse.cli", *arguments], cwd=PROJECT, env=env, capture_output=True, text=True, timeout=300)  # fmt: skip


def test_its_contracts_are_listed_and_checked(site):
    listed = fupan(site, "contracts", "list")
    assert listed.returncode == 0 and "bazaar.orders" in listed.stdout and "douyin.orders" in listed.stdout
    bad = CONTRACT.replace("logicalType: string", "logicalType: strong")
    (site / "contracts" / "bazaar" / "orders.odcs.yaml").write_text(bad, encoding="utf-8")
    wrong = fupan(site, "contracts", "check")
    assert wrong.returncode == 1 and "orders.odcs.yaml" in wrong.stderr and "strong" in wrong.stderr and "Next:" in wrong.stderr  # fmt: skip
    assert "Traceback" not in wrong.stderr


def test_a_folder_that_is_not_there(tmp_path):
    told = fupan(tmp_path / "nowhere", "contracts", "list")
    assert told.returncode == 2 and "FUPAN_SITE" in told.stderr and "Traceback" not in told.stderr


def test_a_source_that_the_project_has_is_not_taken_over(site):
    (site / "sources.yml").write_text("douyin: {title: ours}\n", encoding="utf-8")
    told = fupan(site, "run")
    assert told.returncode == 1 and "'douyin' is there already" in told.stderr and "Traceback" not in told.stderr


def test_contracts_of_an_unregistered_source_say_so(site):
    (site / "sources.yml").unlink()
    told = fupan(site, "contracts", "check")
    assert told.returncode == 1 and "bazaar" in told.stderr and "sources.yml" in told.stderr


def test_a_broken_model_stops_the_build_and_is_named(site):
    (site / "models").mkdir()
    (site / "models" / "stg_bazaar__orders.sql").write_text(
        "select nothing from {{ source('raw', 'bazaar__orders') }}", encoding="utf-8"
    )
    told = fupan(site, "run")
    assert told.returncode == 1 and "stg_bazaar__orders" in told.stderr and "Next:" in told.stderr, told.stderr[-2000:]
    assert not (site.parent / "home" / "serve" / "marts.duckdb").exists()
