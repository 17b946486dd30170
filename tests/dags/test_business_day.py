"""Which business day a run is for."""

import datetime as dt
import os
import time
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest
from fupan_airflow.business_day import NoBusinessDay, business_day, day_before, history_start
from fupan_airflow.run_ids import build_run_id

UTC = dt.UTC
NOVEMBER_21 = dt.date(2026, 11, 21)


def run(partition_key=None, logical_date=None):
    return SimpleNamespace(partition_key=partition_key, logical_date=logical_date)


@pytest.fixture(params=["UTC", "Asia/Shanghai", "America/Los_Angeles", "Pacific/Kiritimati"], autouse=True)
def machine_zone(request, monkeypatch):
    """Everything here holds wherever the machine stands."""
    monkeypatch.setenv("TZ", request.param)
    time.tzset()
    yield
    monkeypatch.undo()
    os.environ.pop("TZ", None)
    time.tzset()


def test_partition_key_is_the_business_day():
    assert business_day(run("2026-11-21"), {}) == NOVEMBER_21


def test_typed_day_goes_before_the_key():
    assert business_day(run("2026-11-21"), {"business_day": "2026-11-01"}) == dt.date(2026, 11, 1)


def test_partition_key_goes_before_the_logical_date():
    assert business_day(run("2026-11-21", dt.datetime(2026, 1, 1, tzinfo=UTC)), {"business_day": None}) == NOVEMBER_21


@pytest.mark.parametrize(
    ("beijing", "day"),
    [
        ("2026-11-21T23:59:59", dt.date(2026, 11, 20)),
        ("2026-11-22T00:00:00", NOVEMBER_21),
        ("2026-11-22T02:00:00", NOVEMBER_21),
        ("2026-11-22T23:59:00", NOVEMBER_21),
        ("2026-03-01T00:00:00", dt.date(2026, 2, 28)),
        ("2027-01-01T00:00:00", dt.date(2026, 12, 31)),
    ],
)
def test_run_by_hand_takes_the_beijing_day_before(beijing, day):
    instant = dt.datetime.fromisoformat(beijing).replace(tzinfo=ZoneInfo("Asia/Shanghai"))
    for zone in ("UTC", "America/New_York", "Asia/Shanghai"):
        assert business_day(run(None, instant.astimezone(ZoneInfo(zone))), {}) == day


def test_utc_midnight_is_eight_in_beijing():
    # 16:00 UTC is the next day's midnight in Beijing: a day cut in UTC would be wrong here.
    assert day_before(dt.datetime(2026, 11, 21, 15, 59, 59, tzinfo=UTC)) == dt.date(2026, 11, 20)
    assert day_before(dt.datetime(2026, 11, 21, 16, 0, tzinfo=UTC)) == NOVEMBER_21


@pytest.mark.parametrize("key", ["2026-11-22T02:00:00", "20261121", "2026-11-31", "2026-1-2", " 2026-11-21", "web"])
def test_ambiguous_keys_are_refused(key):
    with pytest.raises(NoBusinessDay, match="YYYY-MM-DD"):
        business_day(run(key), {})
    with pytest.raises(NoBusinessDay, match="params.business_day"):
        business_day(run(None), {"business_day": key})


def test_no_day_at_all_says_what_to_do():
    with pytest.raises(NoBusinessDay, match='"business_day": "YYYY-MM-DD"'):
        business_day(run(), {"business_day": None})


def test_naive_instant_is_refused():
    with pytest.raises(NoBusinessDay, match="no time zone"):
        day_before(dt.datetime(2026, 11, 22, 2, 0))


def test_history():
    assert history_start({}, NOVEMBER_21) is None
    assert history_start({"since": "2026-11-01"}, NOVEMBER_21) == dt.date(2026, 11, 1)
    assert history_start({"since": "2026-11-21"}, NOVEMBER_21) == NOVEMBER_21
    with pytest.raises(NoBusinessDay, match="after the business day"):
        history_start({"since": "2026-11-22"}, NOVEMBER_21)


def test_run_id_is_a_file_name_and_stable_over_retries():
    one = SimpleNamespace(
        dag_id="build_warehouse", run_id="asset_triggered__2026-11-22T02:00:00+00:00_x/..", clear_number=0
    )
    assert build_run_id(one, NOVEMBER_21) == build_run_id(one, NOVEMBER_21)
    assert set(build_run_id(one, NOVEMBER_21)) <= set("0123456789abcdef_")
    assert build_run_id(one, NOVEMBER_21).startswith("20261121_")


def test_run_id_differs_by_run_and_by_clearing():
    base = {"dag_id": "build_warehouse", "run_id": "a", "clear_number": 0}
    variants = [base, base | {"run_id": "b"}, base | {"clear_number": 1}, base | {"clear_number": 2}]
    ids = {build_run_id(SimpleNamespace(**variant), NOVEMBER_21) for variant in variants}
    assert len(ids) == 4
