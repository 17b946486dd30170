"""Drops and API credentials as Airflow connections: read in the task, and landed from a real SFTP server."""

import json
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

PROJECT = Path(__file__).resolve().parents[2]
sys.path.append(str(PROJECT / "tests" / "unit" / "connectors"))

from drop_servers import USER, Sshd  # noqa: E402
from fupan_airflow.connections import drop_fields  # noqa: E402

pytestmark = pytest.mark.xdist_group("dag_drops")
ROWS = "warehouse_id,warehouse_name,province,city,daily_capacity\nW1,杭州一仓,浙江,杭州,20000\n"
ERP = {"sid": "s", "appkey": "k", "appsecret": "a:b", "first_day": "2026-01-01"}


@pytest.fixture(scope="module")
def pulled(tmp_path_factory) -> tuple[dict, str]:
    """What pull_shop did with two connections, and all that was printed and logged."""
    folder = tmp_path_factory.mktemp("drops")
    server = Sshd(folder / "sshd")
    server.put("one/warehouses/first.csv", ROWS)
    server.put("two/仓库/second.csv", ROWS.replace("W1", "W2"))
    keys = {
        "private_key": server.user_key.read_text(),
        "host_key": (server.folder / "host.pub").read_text(),
        "settle_seconds": 0,
    }
    url = f"sftp://{USER}@127.0.0.1:{server.port}{server.base}/two"
    connections = {
        "FUPAN_DROP_SHOP": {
            "conn_type": "sftp", "host": "127.0.0.1", "port": server.port, "login": USER,
            "extra": keys | {"folder": f"{server.base}/one"},
        },
        "FUPAN_DROP_SHOP_2": {"conn_type": "generic", "extra": keys | {"url": url, "folders": {"warehouses": "仓库"}}},
        "FUPAN_API_WANGDIANTONG": {"conn_type": "generic", "extra": ERP},
    }  # fmt: skip
    told = {f"AIRFLOW_CONN_{name}": json.dumps(fields) for name, fields in connections.items()}
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AIRFLOW")}
    done = subprocess.run(
        [sys.executable, str(Path(__file__).with_name("run_pull_shop.py")), str(folder / "home"), "2026-11-21"],
        env=environment | told | {"PYTHONPATH": str(PROJECT)},
        cwd=folder,
        capture_output=True,
        text=True,
    )
    server.stop()
    assert done.returncode == 0, done.stderr[-3000:]
    kept = "".join(p.read_text(errors="replace") for p in (folder / "home").rglob("*.log"))
    return json.loads(done.stdout.strip().splitlines()[-1]), done.stdout.rpartition("\n{")[0] + done.stderr + kept


def test_files_of_both_connections_are_landed(pulled):
    found, _ = pulled
    assert found["states"] == {"pull_shop": "success"}
    assert found["loads"] == [["first.csv", "loaded"], ["second.csv", "loaded"]]


def test_no_key_is_printed(pulled):
    assert "PRIVATE KEY" not in pulled[1]


def test_credentials_of_an_api_and_no_connection_at_all(pulled):
    assert pulled[0]["erp"] == {"drops": {}, "credentials": {"wangdiantong": ERP}}
    assert pulled[0]["crm"] == {"drops": {}, "credentials": {}}


def connection(**fields) -> SimpleNamespace:
    usual = {"conn_type": "generic", "host": None, "port": None, "login": None, "password": None, "schema": None}
    return SimpleNamespace(**usual | {"extra_dejson": {}} | fields)


@pytest.mark.parametrize(
    ("told", "fields"),
    [
        (
            {"conn_type": "sftp", "host": "h", "login": "u@x", "password": "p", "schema": "导出/日"},
            {"url": "sftp://u%40x@h/%E5%AF%BC%E5%87%BA/%E6%97%A5", "password": "p"},
        ),
        (
            {
                "conn_type": "aws",
                "login": "id",
                "password": "s",
                "extra_dejson": {"url": "s3://b/x", "region_name": "r"},
            },
            {"url": "s3://b/x", "access_key_id": "id", "secret_access_key": "s", "region": "r"},
        ),
        (
            {"password": "p", "extra_dejson": {"url": "sftp://u@h/x", "after": "move"}},
            {"url": "sftp://u@h/x", "after": "move", "password": "p"},
        ),
        ({}, {}),
    ],
)
def test_fields_of_a_connection(told, fields):
    assert drop_fields(connection(**told)) == fields
