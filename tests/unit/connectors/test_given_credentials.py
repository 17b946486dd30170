"""Credentials and drops that a pull is given (Airflow's connections) instead of files."""

from __future__ import annotations

import datetime as dt

import pytest

from ingest import ledger, pipeline
from ingest.connectors.credentials import credentials_path, given_credentials, is_set_up, read_credentials
from ingest.errors import FetchFailed

FIELDS = {"key": "k", "secret": "geheim"}


def read(home) -> dict | None:
    return read_credentials(home, "wangdiantong", ("key", "secret"), "https://platform.invalid")


def test_what_is_given_stands_for_the_file_and_only_meanwhile(home):
    path = credentials_path(home, "wangdiantong")
    path.parent.mkdir()
    path.touch(mode=0o600)
    path.write_text('{"key": "of the file", "secret": "geheim"}')
    with given_credentials({"wangdiantong": FIELDS}):
        assert read(home) == FIELDS | {"url": "https://platform.invalid"}
    assert read(home)["key"] == "of the file"


def test_what_is_given_needs_no_file_and_names_its_connection_when_wrong(home):
    assert not is_set_up(home, "wangdiantong") and read(home) is None
    with given_credentials({"wangdiantong": {"key": "k"}}):
        assert is_set_up(home, "wangdiantong")
        with pytest.raises(FetchFailed, match="^Airflow connection fupan_api_wangdiantong: secret is missing"):
            read(home)


def test_a_pull_asks_with_what_it_is_given_and_lands_the_inbox_all_the_same(home):
    waiting = home / "inbox/shop/warehouses/w.csv"
    waiting.parent.mkdir(parents=True)
    waiting.write_text("warehouse_id,warehouse_name,province\nW1,杭州一仓,浙江\n")
    day = dt.date(2026, 11, 21)
    with pytest.raises(FetchFailed, match="^Airflow connection x: url is missing"):
        pipeline.pull("shop", day, home=home, drops={"Airflow connection x": {"password": "geheim"}})
    assert [x.file_name for x in ledger.read_loads(home)] == ["w.csv"]
    with pytest.raises(FetchFailed, match="Airflow connection fupan_api_wangdiantong: .* is missing"):
        pipeline.pull("erp", day, home=home, credentials={"wangdiantong": {"sid": "s"}})
