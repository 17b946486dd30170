"""Moments at the edge of a day, a month and a year: read alike in every time zone and under every clock, to the byte."""

from __future__ import annotations

import calendar
import csv
import datetime as dt
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from laws_clock import wrong_clock

#: 双11 before and after midnight; leap day; the last week of a year with 53; a session over midnight stands in the schedule
MOMENTS = [
    "2026-11-10 23:59:59", "2026-11-11 00:00:00", "2026-11-11 23:59:59", "2026-11-12 00:00:00", "2028-02-28 23:59:59", "2028-02-29 00:00:00",
    "2028-02-29 23:59:59", "2028-03-01 00:00:00", "2026-12-31 23:59:59", "2027-01-01 00:00:00", "2027-01-03 23:59:59", "2027-01-04 00:00:00",
]  # fmt: skip
#: how exports write a moment; every one of these is Beijing time, or says its zone
SPELLINGS = {
    "usual": lambda t: f"{t:%Y-%m-%d %H:%M:%S}",
    "slashes": lambda t: f"{t:%Y/%m/%d %H:%M:%S}",
    "utc": lambda t: f"{t - dt.timedelta(hours=8):%Y-%m-%dT%H:%M:%SZ}",
    "zoned": lambda t: f"{t:%Y-%m-%dT%H:%M:%S}+08:00",
    "new_york": lambda t: f"{t - dt.timedelta(hours=13):%Y-%m-%dT%H:%M:%S}-05:00",
}
#: (zone, clock as libfaketime takes it, the year that such a process sees); in Shanghai the clock is right
WAYS = [
    ("Asia/Shanghai", "", ""),
    ("UTC", "1999-11-11 03:00:00", "1999 UTC"),
    ("America/New_York", "2037-11-11 03:00:00", "2037 EST"),
]


def beijing(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text)


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """The moments as seconds since 1970 (orders), in five spellings (touches), and as sessions that end after midnight."""
    folder = tmp_path_factory.mktemp("midnights")
    for name in ("douyin/orders_api", "web/touchpoints", "plan/live_schedule"):
        (folder / name).mkdir(parents=True)
    orders = [
        {"order_id": f"69000000000000{n:04}", "sku_order_list": [{"order_id": f"69100000000000{n:04}", "item_num": 1, "pay_amount": 100, "create_time": s, "pay_time": s}]}
        for n, s in enumerate(calendar.timegm(beijing(m).timetuple()) - 8 * 3600 for m in MOMENTS)
    ]  # fmt: skip
    answer = {"code": 10000, "data": {"total": len(orders), "shop_order_list": orders}}
    (folder / "douyin/orders_api/orders_20280302020000.json").write_text(json.dumps(answer))
    with open(folder / "web/touchpoints/touchpoints_20280302020000.csv", "w", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(["event_id", "occurred_at", "event_type", "identity_type", "identity_id"])
        for n, moment in enumerate(MOMENTS):
            for name, spelt in SPELLINGS.items():
                writer.writerow([f"{n:02}-{name}", spelt(beijing(moment)), "click", "open_id", "open-u1"])
    with open(folder / "plan/live_schedule/schedule_20280302020000.csv", "w", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(["plan_id", "account_id", "starts_at", "ends_at", "host_id", "host_name"])
        for n, moment in enumerate(MOMENTS):
            start = beijing(moment) - dt.timedelta(minutes=10)
            writer.writerow([f"p{n:02}", "a1", str(start), str(start + dt.timedelta(minutes=50)), "h1", "小鹿"])
    return folder


@pytest.fixture(scope="module")
def told(files, tmp_path_factory):
    """What each way says. All share one pseudonym key, without which no bytes could be equal."""
    found, key = {}, b"k" * 32
    for zone, clock, _ in WAYS:
        home = tmp_path_factory.mktemp("zone") / "home"
        (home / "state").mkdir(parents=True)
        (home / "state" / "identity.key").write_bytes(key)
        ran = subprocess.run(
            [sys.executable, str(Path(__file__).with_name("midnight_child.py")), str(home), str(files)],
            env=os.environ | {"TZ": zone} | wrong_clock(clock), capture_output=True, text=True, timeout=300,
        )  # fmt: skip
        assert ran.returncode == 0, ran.stderr[-2000:]
        found[zone] = json.loads(ran.stdout.splitlines()[-1])
    return found


def test_the_clocks_were_wrong(told):
    """Without this, a library that does nothing would let the next test pass."""
    assert [told[zone]["clock"] for zone, clock, _ in WAYS if clock] == [seen for _, clock, seen in WAYS if clock]
    assert told["Asia/Shanghai"]["clock"] == f"{dt.date.today().year} CST"


@pytest.mark.fault(21, 22)
def test_the_same_bytes_in_every_zone_and_under_every_clock(told):
    first, *others = (told[zone]["raw"] for zone, *_ in WAYS)
    assert len(first) == 3
    assert all(other == first for other in others)


@pytest.mark.fault(21)
def test_every_moment_is_the_beijing_one(told):
    raw = told["UTC"]["raw"]
    assert [row[1:] for row in raw["douyin.orders_api"]["rows"]] == [[m, m] for m in MOMENTS]
    touches = {event: moment for event, moment in raw["web.touchpoints"]["rows"]}
    assert touches == {f"{n:02}-{name}": m for n, m in enumerate(MOMENTS) for name in SPELLINGS}
    # what the models call the day of a moment is the day that is written here; nothing between them looks at a zone
    days = [m[:10] for m in MOMENTS]
    assert days.count("2026-11-11") == 2 and days.count("2028-02-29") == 2
    ends = {plan: (start[:10], end[:10]) for plan, start, end in raw["plan.live_schedule"]["rows"]}
    assert ends["p01"] == ("2026-11-10", "2026-11-11") and ends["p05"] == ("2028-02-28", "2028-02-29")
    assert ends["p09"] == ("2026-12-31", "2027-01-01")
    assert {x["exported_at"] for x in raw.values()} == {"2028-03-02 02:00:00"}
