"""What ad platforms report: parts add up to wholes, claims are of real orders, figures mature, and every file lands."""

import json
from collections import Counter, defaultdict
from datetime import timedelta
from decimal import Decimal

import numpy as np
import pytest

from ingest.landing import land_file
from simulator import media
from simulator.ads import MEASURES, ad_hours, grouped
from simulator.boosts import boosts
from simulator.claims import REPORTED, REQUESTED, claims
from simulator.days import DAY, HOUR, export_moment, start_of
from simulator.exports import kuaishou_ads, qianchuan_links, qianchuan_rooms, tencent
from simulator.exports.context import Export
from simulator.frame import NONE
from simulator.live.promotion import room_ads
from simulator.live.rooms import rooms_of
from simulator.live.totals import session_totals
from simulator.materials import material_days
from simulator.quirks import QUIRKS
from simulator.world import World
from tests.unit.simulator.simulator_files import FIRST, LAST, NEXT, read_book

LATE = 80
"""Days after which no figure moves."""


@pytest.fixture(scope="module")
def world() -> World:
    return World(seed=3, first_day=FIRST, days=12, orders_per_day=1500)


def loaded(items) -> list[dict]:
    return [json.loads(item) for item in items.to_pylist()]


def answers(path) -> list[dict]:
    """The items of a file of answers, the platform's own counting checked."""
    pages = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    name = "details" if "details" in pages[0]["data"] else "list"
    items = [item for page in pages for item in page["data"][name]]
    assert [page["data"]["page_info"]["page"] for page in pages] == list(range(1, len(pages) + 1))
    assert {page["data"]["page_info"]["total_number"] for page in pages} == {len(items)}
    return items


@pytest.mark.parametrize("platform", media.AD_PLATFORMS)
def test_each_platform_reports_its_own_plans(world, platform):
    hours = ad_hours(world, FIRST, NEXT, export_moment(NEXT), platform)
    assert {media.AD_PLATFORMS[i] for i in media.AD_PLATFORM[hours.ad]} == {platform}
    assert len(np.unique(hours.ad)) == (media.AD_PLATFORMS.index(platform) == media.AD_PLATFORM).sum()
    assert len(np.unique(hours.hour_at * 100 + hours.ad)) == hours.rows
    days = grouped(hours, by_day=True)
    for name in MEASURES:
        assert days[name].sum() == hours[name].sum()
    assert (hours.clicks <= hours.impressions).all() and hours.spend_fen.sum() > 0
    assert (hours.refund_1h_fen <= hours.refund_7d_fen).all() and (hours.refund_7d_fen <= hours.refund_14d_fen).all()


def test_a_room_plan_spends_only_while_its_room_is_open(world):
    rooms = rooms_of(world, FIRST, NEXT)
    account = rooms.sessions.account_i[rooms.minutes.session_i]
    open_hours = set((rooms.minutes.minute_at // HOUR * 10 + account).tolist())
    for platform in media.AD_PLATFORMS:
        hours = ad_hours(world, FIRST, NEXT, export_moment(NEXT), platform)
        spent = hours.take(
            (media.AD_ROOM[hours.ad] != NONE) & (hours.spend_fen > 0) & (hours.hour_at >= start_of(FIRST) + 2 * HOUR)
        )
        assert spent.rows > 20
        assert set((spent.hour_at // HOUR * 10 + media.AD_ROOM[spent.ad]).tolist()) <= open_hours


def test_figures_mature(world):
    before = {}
    for later in (0, 1, 5, 10, 30):
        hours = ad_hours(world, LAST, LAST, export_moment(LAST + timedelta(days=later)))
        before[later] = {name: int(hours[name].sum()) for name in MEASURES}
    assert before[0]["spend_fen"] < before[1]["spend_fen"] == before[30]["spend_fen"], "spend is stable the next day"
    assert (
        before[1]["refund_7d_fen"]
        < before[5]["refund_7d_fen"]
        <= before[10]["refund_7d_fen"]
        == before[30]["refund_7d_fen"]
    )
    assert before[10]["refund_14d_fen"] < before[30]["refund_14d_fen"]
    assert before[0]["paid_fen"] == before[30]["paid_fen"]


def test_claims_are_of_orders_that_met_the_plan(world):
    cohort = world.span(FIRST, NEXT)
    found = claims(cohort)
    pairs = set(zip(found.order_i.tolist(), found.ad.tolist(), strict=True))
    assert len(pairs) == found.rows
    prospect = cohort.orders.prospect_i[found.order_i]
    order_shop = cohort.orders.shop[found.order_i]
    platform_shop = np.array([media.DOUYIN, media.WEIXIN, media.KUAISHOU])[media.AD_PLATFORM[found.ad]]
    assert (order_shop == platform_shop).all(), "a platform claims orders of its own shop"
    assert (found.touched_at < cohort.prospects.decided_at[prospect]).all()
    assert cohort.prospects.exposed[prospect, media.AD_CHANNEL[found.ad]].all()
    direct = cohort.orders.ad != NONE
    assert found.direct.sum() == direct.sum() > 0, "every order that a plan closed is claimed by it"
    hours = [
        ad_hours(world, FIRST, NEXT + timedelta(days=1), export_moment(NEXT + timedelta(days=LATE)), p)
        for p in media.AD_PLATFORMS
    ]
    assert sum(h.created_orders.sum() for h in hours) == found.rows


def test_over_claiming(world):
    """All plans together claim more orders than there are orders that met one."""
    found = claims(world.span(FIRST, NEXT))
    assert found.rows > 1.2 * len(np.unique(found.order_i))


def test_time_lines_book_the_same_orders_on_other_hours(world):
    until = NEXT + timedelta(days=1)
    by = {
        by: ad_hours(world, FIRST, until, export_moment(NEXT + timedelta(days=LATE)), "tencent", by)
        for by in (REPORTED, REQUESTED)
    }
    # The first days' orders may have been touched before the first day, where no report reaches.
    assert 0 < by[REQUESTED].paid_orders.sum() <= by[REPORTED].paid_orders.sum()
    assert by[REQUESTED].spend_fen.sum() == by[REPORTED].spend_fen.sum()
    day = FIRST + timedelta(days=3)
    known = [
        sum(i["order_pv"] for i in loaded(tencent.report_items(world, day, day, export_moment(day + timedelta(days=k)), "REQUEST_TIME", False)))
        for k in (0, 2, 7)
    ]  # fmt: skip
    assert known[0] < known[2] and known == sorted(known), "a day of clicks goes on growing"
    with pytest.raises(KeyError):
        tencent.report_items(world, day, day, 0, "ANOTHER_TIME", False)


def test_tencent_hours_add_up_to_days(world):
    hours, days = (
        loaded(tencent.report_items(world, FIRST, LAST, export_moment(LAST), "REPORTING_TIME", by))
        for by in (True, False)
    )
    for name in ("cost", "view_count", "order_amount", "order_pv"):
        sums = [defaultdict(int), defaultdict(int)]
        for rows, into in zip((hours, days), sums, strict=True):
            for row in rows:
                into[row["date"], row["adgroup_id"]] += row[name]
        assert sums[0] == sums[1] and sum(sums[0].values()) > 0
    assert all(0 <= row["hour"] <= 23 and isinstance(row["cost"], int) for row in hours)
    assert all(0 <= row["ctr"] <= 1 for row in hours), "a fraction, not percent"
    assert sum(row["scan_follow_count"] for row in days) > 0


def test_kuaishou_reports_the_account(world):
    days = loaded(kuaishou_ads.report_items(world, FIRST, LAST, export_moment(LAST), by_hour=False))
    hours = loaded(kuaishou_ads.report_items(world, FIRST, LAST, export_moment(LAST), by_hour=True))
    assert len(days) == (LAST - FIRST).days + 1 and len({(r["stat_date"], r["stat_hour"]) for r in hours}) == len(hours)
    whole = ad_hours(world, FIRST, LAST, export_moment(LAST), "kuaishou").spend_fen.sum()
    for rows in (days, hours):
        assert round(sum(Decimal(str(row["charge"])) for row in rows) * 100) == whole > 0


def test_materials_add_up_to_the_plans(world):
    at = export_moment(LAST)
    days, parts = grouped(ad_hours(world, FIRST, LAST, at), by_day=True), material_days(world, FIRST, LAST, at)
    assert parts.rows == days.rows * media.CREATIVES_PER_AD
    place = np.searchsorted(days.hour_at * 100 + days.ad, parts.hour_at * 100 + parts.ad)
    for name in MEASURES:
        assert (parts[name] >= 0).all()
        assert (np.bincount(place, parts[name], days.rows).astype(np.int64) == days[name]).all(), name
    assert (parts.refund_1h_fen <= parts.paid_fen).all()


def test_a_room_is_its_natural_part_and_its_ads(world):
    at = export_moment(NEXT + timedelta(days=LATE))
    rooms = rooms_of(world, FIRST, NEXT)
    total = session_totals(world.seed, rooms, at)
    ads = [room_ads(world, rooms, at, platform) for platform in media.AD_PLATFORMS]
    for of_ads, of_room in (("gmv_fen", "ad_gmv_fen"), ("paid_orders", "ad_orders"), ("room_enters", "ad_enters"), ("spend_fen", "ad_spend_fen")):  # fmt: skip
        assert (sum(part[of_ads] for part in ads) == total[of_room]).all(), of_ads
    natural = total.gmv_fen - sum(part.gmv_fen for part in ads)
    assert (natural >= 0).all() and natural.sum() > 0 and (total.enters >= total.ad_enters).all()
    for part in ads:
        assert (part.settled_14d_fen <= part.settled_7d_fen).all() and (part.settled_7d_fen <= part.gmv_fen).all()
    # What the room plans spent is what the rooms cost: only the first night's session lies before the first day.
    spent = sum(
        ad_hours(world, FIRST, NEXT + timedelta(days=1), at, p).take(
            media.AD_ROOM[ad_hours(world, FIRST, NEXT + timedelta(days=1), at, p).ad] != NONE
        ).spend_fen.sum()
        for p in media.AD_PLATFORMS
    )  # fmt: skip
    eve = sum(
        hours.take((media.AD_ROOM[hours.ad] != NONE) & (hours.hour_at < start_of(FIRST) + 2 * HOUR)).spend_fen.sum()
        for hours in (ad_hours(world, FIRST, FIRST, at, p) for p in media.AD_PLATFORMS)
    )
    assert total.ad_spend_fen.sum() == spent - eve


def test_each_room_is_in_one_report(world):
    at = export_moment(NEXT)
    standard = loaded(qianchuan_rooms.live_items(world, FIRST, NEXT, at))
    whole = loaded(qianchuan_rooms.uni_items(world, FIRST, NEXT, at))
    rooms = rooms_of(world, FIRST, NEXT)
    ids = [row["room_id"] for row in standard + whole]
    douyin = rooms.sessions.session_id[rooms.sessions.platform_i == 0]
    assert Counter(ids) == Counter(douyin.astype(str).tolist())
    for row in standard:
        assert row["luban_live_pay_order_gmv"] <= row["live_pay_order_gmv_alias"]
        assert (
            row["live_order_settle_amount_14d"] <= row["live_order_settle_amount_7d"] <= row["luban_live_pay_order_gmv"]
        )
    for row in whole:
        parts = row["total_order_settle_amount_for_roi2_1h"] + row["total_refund_order_gmv_for_roi2_1h_all"]
        assert parts == pytest.approx(row["total_pay_order_gmv_include_coupon_for_roi2"], abs=0.001)
    gmv = sum(r["live_pay_order_gmv_alias"] for r in standard)
    gmv += sum(r["total_pay_order_gmv_include_coupon_for_roi2"] for r in whole)
    mine = rooms.sessions.platform_i[rooms.minutes.session_i] == 0
    assert round(gmv * 100) == rooms.minutes.gmv_fen[mine].sum()


def test_order_links_are_the_claims(world):
    at = export_moment(LAST)
    links = [
        row
        for advertiser in media.ADVERTISERS
        for row in loaded(qianchuan_links.link_items(world, FIRST, LAST, at, advertiser))
    ]
    cohort = world.span(FIRST, LAST)
    found = claims(cohort)
    mine = (media.AD_PLATFORM[found.ad] == 0) & (cohort.orders.ordered_at[found.order_i] <= at)
    expected = Counter(
        zip(cohort.orders.order_id[found.order_i[mine]].tolist(), media.AD_IDS[found.ad[mine]].tolist(), strict=True)
    )
    assert Counter((row["order_id"], row["ad_id"]) for row in links) == expected and expected
    assert {row["pay_type"] for row in links} == {"DIRECT", "INDIRECT"}
    direct = Counter(row["order_id"] for row in links if row["pay_type"] == "DIRECT")
    assert max(direct.values()) == 1, "one plan closes an order"
    assert any(not row["is_pay"] for row in links)


def test_boosts_are_a_part_of_the_natural_room(world):
    at = export_moment(NEXT)
    found, rooms = boosts(world, FIRST, NEXT, at), rooms_of(world, FIRST, NEXT)
    total = session_totals(world.seed, rooms, at)
    place = np.array([rooms.sessions.session_id.tolist().index(i) for i in found.session_id.tolist()])
    assert 5 < found.rows < rooms.sessions.rows and len(np.unique(found.order_id)) == found.rows
    assert (found.enters <= (total.enters - total.ad_enters)[place]).all()
    assert (found.paid_fen <= (total.gmv_fen - total.ad_gmv_fen)[place]).all() and found.paid_fen.sum() > 0
    fresh = found.day_at == start_of(NEXT)
    later = boosts(world, FIRST, NEXT, at + 30 * DAY)
    assert (later.spend_fen > found.spend_fen).tolist() == fresh.tolist()


def test_downloads_of_materials_add_up(history):
    folder = history / "qianchuan" / "material_reports"
    (daily,), (promoted,), (boosted,) = (
        list(folder.glob(f"{kind}_*.xlsx")) for kind in ("素材日报", "推素材", "素材追投")
    )

    def cny(text) -> Decimal:
        return Decimal(str(text).replace(",", "").lstrip("¥"))

    first, *rows, total = read_book(daily)
    assert len(first) == 15 and any("\n" in name for name in first)
    assert (first["素材名称"], first["素材ID"]) == ("视频素材集合", "-") and total["素材名称"] == "全部"
    assert cny(first["整体消耗"]) == sum(cny(row["整体消耗"]) for row in rows) == cny(total["整体消耗"]) > 0
    *rows, total = read_book(promoted)
    assert "roi2_material_video_name" in total and sum(cny(r["stat_cost_for_roi2"]) for r in rows) == cny(
        total["stat_cost_for_roi2"]
    )
    *rows, _ = read_book(boosted)
    assert all(cny(r["基础消耗"]) + cny(r["追投调控消耗"]) == cny(r["整体消耗"]) for r in rows)
    assert any(r["整体消耗"].startswith("¥") for r in rows)


def test_answers_count_their_pages(history):
    files = [
        p
        for d in ("tencent/ad_reports", "kuaishou/ad_reports", "qianchuan/order_links")
        for p in (history / d).iterdir()
    ]
    assert len(files) > 6 and sum(len(answers(path)) for path in files) > 500


MINE = (
    "douyin/live_sessions", "douyin/live_minutes", "douyin/live_products", "douyin/comments", "qianchuan/ad_reports",
    "qianchuan/material_reports", "qianchuan/room_reports", "qianchuan/order_links", "tencent/ad_reports",
    "kuaishou/ad_reports",
)  # fmt: skip


@pytest.mark.parametrize("place", MINE)
def test_every_file_lands_whole(history, next_day, tmp_path, place):
    source, dataset = place.split("/")
    files = [path for inbox in (history, next_day) for path in sorted((inbox / place).iterdir())]
    # One file of each kind will do where there is one for each room.
    kinds = {path.name.split("_room_")[0] + path.suffix + str(path.parent): path for path in files}
    assert kinds
    for path in kinds.values():
        load = land_file(path, source, dataset, tmp_path)
        assert (load.status, load.rows_quarantined) == ("loaded", 0), path.name
        assert load.rows_read == load.rows_loaded + load.rows_non_data and load.rows_loaded > 0
        with_total = path.suffix == ".xlsx" and source == "qianchuan"
        assert load.rows_non_data == with_total + ("素材日报" in path.name), path.name


@pytest.mark.parametrize(
    ("quirk", "writer"),
    [("english_headers", "material"), ("material_aggregate", "material"), ("broken_headers", "material"), ("yuan_marks", "material"),
     ("long_floats", "sessions"), ("comments_csv", "comments"), ("phones_in_comments", "comments"), ("repeated_messages", "comments"),
     ("room_in_file_name", "minutes")],
)  # fmt: skip
def test_each_quirk_alone_changes_its_own_files(small_world, tmp_path, quirk, writer):
    from simulator.exports import comments, live_minutes, live_sessions, qianchuan_materials

    writers = {
        "material": qianchuan_materials,
        "sessions": live_sessions,
        "comments": comments,
        "minutes": live_minutes,
    }
    assert quirk in QUIRKS
    changed = set()
    for name, module in writers.items():
        found = []
        for quirks in (frozenset(), frozenset({quirk})):
            export = Export(small_world, tmp_path / str(len(quirks)) / name, FIRST, LAST, quirks)
            found.append({path.name: path.read_bytes() for path in module.write(export)})
        if found[0] != found[1]:
            changed.add(name)
    assert changed == {writer}
