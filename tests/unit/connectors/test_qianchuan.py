"""千川: which reports are asked for which days, what each needs, and that all of it lands."""

from __future__ import annotations

import datetime as dt
import json

import pytest
from api_serving import FIRST, LAST, land, serving, set_up, small_world, waiting

from ingest.connectors import fetch
from ingest.connectors.qianchuan_reports import custom
from ingest.errors import FetchFailed
from ingest.registry import LookBack, Source, find_source
from simulator.api.platforms import qianchuan as platform
from simulator.media import ADVERTISERS

SOURCE = find_source("qianchuan")
DATASETS = ("ad_reports", "material_reports", "room_reports", "order_links")


@pytest.fixture(scope="module")
def world():
    return small_world()


@pytest.fixture(autouse=True)
def unlimited(monkeypatch):
    """No spacing of calls."""
    monkeypatch.setattr("ingest.connectors.limits.PerSecond.__call__", lambda self: None)


@pytest.fixture(scope="module")
def fetched(world, tmp_path_factory):
    """(home, what was asked) of one pull of the last day, with faults on the way."""
    home = tmp_path_factory.mktemp("qianchuan")
    (home / "state").mkdir()
    (home / "state" / "identity.key").write_bytes(bytes(range(32)))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("ingest.connectors.limits.PerSecond.__call__", lambda self: None)
        patch.setattr("ingest.connectors.retry.wait_seconds", lambda state: 0.0)
        with serving(world, "moved_row", "http_500", "duplicate_row", "html", "expired_token", "busy_code") as server:
            set_up(home, server, "qianchuan", accounts=True)
            fetch(SOURCE, LAST, None, home)
            assert server.faults.left == []
            asked = list(server.asked)
    return home, asked


def rows(home, dataset: str, prefix: str) -> list[dict]:
    """Every row of the files of one report, with what stands beside it."""
    return [
        row | {"_request": answer["request"]}
        for path in waiting(home, "qianchuan", dataset)
        if path.name.startswith(prefix)
        for answer in map(json.loads, path.read_text().splitlines())
        for row in answer["data"]["list"]
    ]


def days_asked(asked, path: str) -> set[str]:
    return {
        day
        for p, a in asked
        if p == path
        for day in (a.get("start_date"), a.get("end_date"), a.get("date_time"))
        if day
    }


def test_three_days_by_the_hour_and_the_rest_by_the_day(fetched):
    _, asked = fetched
    plans = {
        (a["time_granularity"].rsplit("_", 1)[1], a["start_date"], a["end_date"])
        for p, a in asked
        if p == platform.REPORT
    }
    assert plans == {("HOURLY", "2026-09-04", "2026-09-06"), ("DAILY", "2026-08-23", "2026-09-03")}
    assert {a["advertiser_id"] for p, a in asked if p == platform.REPORT} == {str(a) for a in ADVERTISERS}
    assert (
        min(days_asked(asked, platform.MATERIALS)) == "2026-08-23" and len(days_asked(asked, platform.MATERIALS)) == 15
    )
    assert len(days_asked(asked, platform.ROOMS)) == 15


def test_on_mondays_a_month_is_asked(home, world):
    monday = dt.date(2026, 9, 7)
    with serving(world, as_of=monday) as server:
        set_up(home, server, "qianchuan", skip=["boosts", "materials", "rooms"])
        fetch(SOURCE, monday, None, home)
        asked = list(server.asked)
    assert days_asked(asked, platform.LINKS) == {"2026-08-08", "2026-09-07"}
    daily = {
        (a["start_date"], a["end_date"]) for p, a in asked if p == platform.REPORT and "DAILY" in a["time_granularity"]
    }
    assert daily == {("2026-08-08", "2026-09-04")} and not days_asked(asked, platform.MATERIALS), (
        "skipped ones are not asked"
    )


def test_no_request_asks_for_more_than_the_platform_answers(home, world):
    with serving(world) as server:
        set_up(home, server, "qianchuan", skip=["boosts", "materials", "rooms"])
        fetch(SOURCE, LAST, dt.date(2026, 3, 1), home)
        asked = list(server.asked)
    for path, most in ((platform.REPORT, 30), (platform.LINKS, 90)):
        spans = {
            (dt.date.fromisoformat(a["end_date"]) - dt.date.fromisoformat(a["start_date"])).days + 1
            for p, a in asked
            if p == path
        }
        assert max(spans) == most
    assert {"HOURLY"} == {a["time_granularity"].rsplit("_", 1)[1] for p, a in asked if p == platform.REPORT}


def test_hours_add_up_to_the_account(fetched, home, world):
    with serving(world) as server:
        set_up(
            home, server, "qianchuan", accounts=True, skip=["boosts", "materials", "rooms", "order_links", "ad_daily"]
        )
        fetch(SOURCE, LAST, FIRST, home)
    whole = {}
    for row in rows(home, "ad_reports", "accounts_"):
        whole[row["advertiser_id"]] = whole.get(row["advertiser_id"], 0) + row["stat_cost"]
    for advertiser, spend in whole.items():
        plans = sum(r["stat_cost"] for r in rows(home, "ad_reports", "ad_hourly_") if r["advertiser_id"] == advertiser)
        assert spend == pytest.approx(plans, abs=0.01) and spend > 0


def test_materials_carry_their_day_and_their_figures(fetched):
    home, _ = fetched
    found = rows(home, "material_reports", "materials_")
    assert {r["_request"]["stat_date"] for r in found} == {f"2026-09-0{n}" for n in range(1, 7)}
    assert all("stat_cost" in r["fields"] and "stat_cost" not in r for r in found)


def test_rooms_of_both_kinds(fetched):
    home, asked = fetched
    standard, uni = rows(home, "room_reports", "rooms_standard"), rows(home, "room_reports", "rooms_uni")
    assert standard and uni and not {r["room_id"] for r in standard} & {r["room_id"] for r in uni}
    assert all("live_pay_order_gmv_alias" in r for r in standard) and all("stat_cost_for_roi2" in r for r in uni)
    assert {a["room_id"] for p, a in asked if p == platform.UNI} == {r["room_id"] for r in uni}, (
        "each room is asked for"
    )


def test_order_links_hold_each_pair_once(fetched):
    home, _ = fetched
    pairs = [(r["order_id"], r["ad_id"]) for r in rows(home, "order_links", "order_links")]
    assert len(pairs) == len(set(pairs)) > 100


def test_everything_lands(fetched, tmp_path):
    home, _ = fetched
    loads = [load for dataset in DATASETS for load in land(home, "qianchuan", dataset)]
    assert {x.status for x in loads} == {"loaded"} and sum(x.rows_quarantined for x in loads) == 0
    for dataset in DATASETS:
        assert sum(x.rows_loaded for x in loads if x.dataset == dataset) > 10
    assert {x.exported_at for x in loads} == {dt.datetime(2026, 9, 7, 2)}
    import duckdb

    raw = home / "raw" / "qianchuan" / "material_reports" / "*.parquet"
    days = duckdb.sql(
        f"select count(distinct stat_at), min(spend_cny), count(*) - count(spend_cny) from '{raw}'"
    ).fetchone()
    assert days[0] == 6 and days[1] >= 0 and days[2] == 0, "day and spend are read from beside and from within"


CUSTOM = {
    "dataset": "material_reports", "data_topic": "SITE_PROMOTION_POST_DATA_VIDEO",
    "dimensions": ["material_id", "material_name"], "metrics": ["stat_cost", "show_cnt"],
}  # fmt: skip


def test_a_custom_report_is_asked_day_by_day_and_lands(home, world):
    skip = ["ad_hourly", "ad_daily", "boosts", "materials", "rooms", "order_links"]
    with serving(world, "looping_page", on="custom") as server:
        set_up(home, server, "qianchuan", custom=[CUSTOM], skip=skip)
        fetch(SOURCE, LAST, dt.date(2026, 9, 5), home)
        asked = [a for p, a in server.asked if p == platform.CUSTOM]
    assert {(a["start_time"], a["end_time"]) for a in asked} == {
        (f"2026-09-0{n} 00:00:00", f"2026-09-0{n} 23:59:59") for n in (5, 6)
    }
    loads = land(home, "qianchuan", "material_reports")
    assert {x.status for x in loads} == {"loaded"} and sum(x.rows_loaded for x in loads) == 2 * 27


@pytest.mark.parametrize("lacking", ["dataset", "data_topic", "dimensions", "metrics"])
def test_a_custom_report_that_lacks_something_is_told(lacking):
    with pytest.raises(FetchFailed, match="an entry of custom lacks"):
        custom({name: value for name, value in CUSTOM.items() if name != lacking})


def test_a_missing_permission_is_told_and_does_not_keep_the_others(home, world, waits):
    with serving(world) as server:
        given = server.credentials("qianchuan")
        set_up(home, server, "qianchuan", rooms=[given["rooms"][0] | {"aweme_id": "somebody_else"}])
        with pytest.raises(FetchFailed, match=r"rooms: .*code 40002: .*Next: give the app the permission.*`skip`"):
            fetch(SOURCE, LAST, None, home)
    assert waits == [] and waiting(home, "qianchuan", "order_links") and not waiting(home, "qianchuan", "room_reports")


def test_rooms_without_an_account_are_told(home, world):
    with serving(world) as server:
        set_up(home, server, "qianchuan", rooms=[{"aweme_id": "x", "kind": "standard"}])
        with pytest.raises(FetchFailed, match="an entry of rooms lacks advertiser_id, aweme_id or kind"):
            fetch(SOURCE, LAST, None, home)


def test_a_dataset_without_a_contract_is_not_asked(home, world):
    small = Source("qianchuan", "千川", "0 2 * * *", ("ad_reports",), ("qianchuan",), {"ad_reports": LookBack(1, 1)})
    with serving(world) as server:
        set_up(home, server, "qianchuan")
        fetch(small, LAST, None, home)
        assert {p for p, _ in server.asked} == {platform.REPORT, platform.BOOSTS}


def test_a_later_fetch_tells_restated_figures_and_both_are_kept(home, world):
    only = ["boosts", "materials", "rooms", "order_links", "ad_daily"]
    spend = {}
    with serving(world, as_of=dt.date(2026, 9, 5)) as server:
        set_up(home, server, "qianchuan", skip=only)
        for day in (5, 6):
            server.as_of = dt.date(2026, 9, day)
            fetch(SOURCE, dt.date(2026, 9, day), None, home)
            fresh = [p for p in waiting(home, "qianchuan", "ad_reports") if f"_2026090{day + 1}02" in p.name]
            spend[day] = sum(
                r["stat_cost"]
                for p in fresh
                for a in p.read_text().splitlines()
                for r in json.loads(a)["data"]["list"]
                if r["stat_datetime"] < "2026-09-06" and r["stat_datetime"] >= "2026-09-05"
            )
    assert 0 < spend[5] < spend[6], "the figures of the 5th moved until the next day"
    loads = land(home, "qianchuan", "ad_reports")
    assert sorted({f"{x.exported_at:%m-%d}" for x in loads}) == ["09-06", "09-07"]
