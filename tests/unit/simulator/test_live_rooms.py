"""Live rooms: minutes, products, comments and the session list all tell of the same orders, and of no others."""

import json
from collections import Counter, defaultdict
from datetime import date, timedelta
from decimal import Decimal

import numpy as np
import pytest

from ingest.landing import land_file
from simulator import media
from simulator.days import DAY, export_moment, start_of
from simulator.frame import NONE
from simulator.live import ACCOUNTS, SLOTS, running, sessions, sessions_of_days
from simulator.live.accounts import DOUYIN
from simulator.live.comments import comments_of, truth_table
from simulator.live.phrases import INTENTS
from simulator.live.rooms import rooms_of
from simulator.live.sessions import account_of, on_air, still_on_air
from simulator.live.totals import SUMMED, session_totals
from simulator.world import World
from tests.unit.simulator.simulator_files import FIRST, LAST, read_book, read_csv


@pytest.fixture(scope="module")
def world() -> World:
    """Large enough that every session has orders; month's end, so that some sessions run into a day without orders."""
    return World(seed=3, first_day=FIRST, days=12, orders_per_day=1500)


@pytest.fixture(scope="module")
def rooms(world):
    return rooms_of(world, world.first_day, world.last_day)


def per_session(rooms, values) -> np.ndarray:
    return np.bincount(rooms.minutes.session_i, values, rooms.sessions.rows).astype(np.int64)


def test_timetable():
    held = sessions(World(seed=1, days=200))
    assert len(np.unique(held.session_id)) == held.rows
    assert (held.ends_at - held.starts_at > 3600).all() and (held.ends_at - held.starts_at < 8 * 3600).all()
    for account in range(len(ACCOUNTS)):
        mine = held.take(held.account_i == account)
        assert (mine.starts_at[1:] > mine.ends_at[:-1]).all(), "an account is in one room at a time"
    assert 0.05 < (held.ends_at // DAY > held.starts_at // DAY).mean() < 0.3, "some run past midnight"
    broken = held.take(held.outage_from != NONE)
    assert 0.03 < broken.rows / held.rows < 0.1
    assert (broken.outage_from > broken.starts_at).all() and (broken.outage_to < broken.ends_at).all()
    assert (account_of(held.session_id) == held.account_i).all()
    assert (media.room_slot(held.session_id) == held.slot_i).all() and set(held.slot_i.tolist()) == set(
        range(len(SLOTS))
    )


def test_the_sessions_of_a_day_do_not_depend_on_the_days_asked_for():
    long, short = sessions_of_days(5, 20_000, 20_040), sessions_of_days(5, 20_020, 20_020)
    of_day = long.take(long.starts_at // DAY == 20_020)
    assert short.rows and all((of_day[name] == short[name]).all() for name in short)


def test_running_finds_the_room_of_each_moment():
    held = sessions_of_days(5, 20_000, 20_010)
    row = int(np.flatnonzero(held.outage_from != NONE)[0])
    account = held.account_i[[row] * 5]
    when = np.array(
        [held.starts_at[row], held.starts_at[row] - 1, held.ends_at[row] - 1, held.ends_at[row], held.outage_from[row]]
    )
    found = running(held, account, when)
    assert (found == row).tolist() == [True, False, True, True, True]
    assert on_air(held, np.full(5, row), when).tolist() == [True, False, True, False, False]
    ids = still_on_air(5, held.session_id[[row] * 5], when)
    assert (ids == held.session_id[row]).tolist() == [True, False, True, False, False]


def test_touches_and_orders_lie_in_their_rooms(world):
    cohort = world.span(world.first_day, world.last_day)
    touch, orders = cohort.touches, cohort.orders
    held = sessions_of_days(world.seed, start_of(FIRST) // DAY - 9, start_of(world.last_day) // DAY)
    for ids, when in ((touch.room, touch.happened_at), (orders.room, orders.ordered_at)):
        rows = np.flatnonzero(ids != NONE)
        found = running(held, account_of(ids[rows]), when[rows])
        assert (held.session_id[found] == ids[rows]).all() and on_air(held, found, when[rows]).all()
    assert (touch.happened_at < cohort.prospects.decided_at[touch.prospect_i]).all()
    age = cohort.prospects.decided_at[touch.prospect_i] // DAY - touch.happened_at // DAY
    assert age.max() <= media.LOOK_BACK_DAYS
    live = np.array([c.live for c in media.CHANNELS])[touch.channel]
    assert (touch.room[~live] == NONE).all() and (touch.room[live] != NONE).mean() > 0.9999
    assert 0.2 < (orders.room != NONE).mean() < 0.5
    led = np.flatnonzero((touch.room != NONE) & (touch.ad != NONE))
    assert (media.AD_ROOM[touch.ad[led]] == account_of(touch.room[led])).all(), (
        "a plan leads to its own account's rooms"
    )


def test_minutes_equal_the_orders_of_the_world(world, rooms):
    cohort = world.span(world.first_day, world.last_day)
    orders, lines = cohort.orders, cohort.lines
    gmv = lines.payable_fen + lines.platform_borne_fen + lines.creator_borne_fen
    expected = defaultdict(lambda: np.zeros(4, np.int64))
    for room, paid, value, pieces, first in zip(
        orders.room[lines.order_i].tolist(),
        (orders.paid_at[lines.order_i] != NONE).tolist(),
        gmv.tolist(),
        lines.quantity.tolist(),
        (lines.nth == 0).tolist(),
        strict=True,
    ):
        expected[room] += np.array([first, first and paid, value * paid, pieces * paid], np.int64)
    assert len(expected) > 50
    measured = zip(
        rooms.sessions.session_id.tolist(),
        *(
            per_session(rooms, rooms.minutes[n]).tolist()
            for n in ("created_orders", "paid_orders", "gmv_fen", "pieces")
        ),
        strict=True,
    )
    for room, *sums in measured:
        assert sums == expected.pop(room, np.zeros(4)).tolist()
    eve = sessions_of_days(world.seed, start_of(FIRST) // DAY - 1, start_of(FIRST) // DAY - 1)
    assert set(expected) - {NONE} <= set(eve.session_id.tolist()), "every order with a room is in a minute of it"


def test_people_are_conserved_and_stages_are_subsets(world, rooms):
    minutes = rooms.minutes
    assert (per_session(rooms, minutes.enters) == per_session(rooms, minutes.leaves)).all()
    assert all((minutes[name] >= 0).all() for name in minutes if name != "product_i")
    assert (minutes.enters >= minutes.ad_enters).all() and (minutes.product_exposures >= minutes.product_clicks).all()
    assert (minutes.product_clicks >= minutes.created_orders).all()
    total = session_totals(world.seed, rooms, export_moment(world.last_day))
    stages = ("exposed", "viewers", "product_viewers", "product_clickers", "buyers")
    for wider, narrower in zip(stages, stages[1:], strict=False):
        assert (total[wider] >= total[narrower]).all() and total[narrower].sum() > 0
    assert (total.enters >= total.viewers).all() and (total.paid_orders >= total.buyers).all()
    assert (total.ad_gmv_fen <= total.gmv_fen).all() and (total.gmv_fen >= total.user_paid_fen).all()
    assert total.ad_gmv_fen.sum() > 0.2 * total.gmv_fen.sum()


def test_nothing_happens_while_the_stream_is_broken(rooms):
    broken = rooms.minutes.take(rooms.minutes.broken)
    assert broken.rows > 3
    for name in ("enters", "online", "comments", "likes", "created_orders"):
        assert broken[name].sum() == 0, name
    assert (broken.product_i == NONE).all()


def test_orders_rise_while_their_product_is_explained(rooms):
    lines, minutes = rooms.lines, rooms.minutes
    explained = minutes.product_i[lines.minute_i] == lines.product_i
    share_of_time = np.mean([1 / n for n in np.bincount(rooms.products.session_i)])
    assert explained.mean() > 5 * share_of_time


def test_products_add_up_to_their_session(rooms):
    products = rooms.products
    for of_product, of_minute in (
        ("gmv_fen", "gmv_fen"), ("pieces", "pieces"), ("clicks", "product_clicks"), ("exposures", "product_exposures"),
    ):  # fmt: skip
        sums = np.bincount(products.session_i, products[of_product], rooms.sessions.rows).astype(np.int64)
        assert (sums == per_session(rooms, rooms.minutes[of_minute])).all() and sums.sum() > 0
    explained = np.bincount(products.session_i, products.explained_minutes, rooms.sessions.rows)
    assert (explained == per_session(rooms, ~rooms.minutes.broken)).all()
    assert (products.exposures >= products.clicks).all() and (products.clicks >= products.paid_orders).all()
    assert (products.paid_orders >= products.buyers).all()


def test_rooms_do_not_depend_on_the_days_asked_for(world, rooms):
    day = FIRST + timedelta(days=5)
    alone = rooms_of(world, day, day)
    mine = np.flatnonzero(np.isin(rooms.sessions.session_id, alone.sessions.session_id))
    assert len(mine) == alone.sessions.rows > 3
    wanted = np.isin(rooms.minutes.session_i, mine)
    assert all((rooms.minutes[n][wanted] == alone.minutes[n]).all() for n in alone.minutes if n != "session_i")
    with pytest.raises(ValueError, match="no day of the world"):
        rooms_of(world, date(2020, 1, 1), date(2020, 1, 2))


def test_comments_are_as_many_as_the_minutes_say(world, rooms):
    comments = comments_of(world, rooms)
    assert (np.bincount(comments.minute_i, minlength=rooms.minutes.rows) == rooms.minutes.comments).all()
    held = rooms.sessions.take(comments.session_i)
    assert on_air(rooms.sessions, comments.session_i, comments.sent_at).mean() > 0.99
    assert ((comments.sent_at > held.starts_at) & (comments.sent_at < held.ends_at)).all()
    assert len(np.unique(comments.message_id)) == comments.rows > 5000
    assert {INTENTS[i] for i in np.unique(comments.intent)} == set(INTENTS)
    assert (comments.product_i[comments.product_i != NONE] == rooms.minutes.product_i[comments.minute_i][comments.product_i != NONE]).all()  # fmt: skip
    assert 0 < comments.is_risky.sum() < 0.05 * comments.rows


# What the files hold.


def sessions_in(inbox, world) -> dict[str, dict]:
    rows = {}
    for path in sorted((inbox / "douyin" / "live_sessions").iterdir()):
        for row in read_book(path):
            rows[row["主播抖音号"] + row["直播开始时间"]] = row
    return rows


def test_session_list_equals_the_rooms(history, small_world):
    rooms = rooms_of(small_world, FIRST, LAST)
    total = session_totals(small_world.seed, rooms, export_moment(LAST))
    mine = np.flatnonzero(rooms.sessions.platform_i == DOUYIN)
    rows = sessions_in(history, small_world)
    assert len(rows) == len(mine)
    by_start = {row["直播开始时间"]: row for row in rows.values()}
    for i in mine.tolist():
        row = by_start[str(np.datetime64(int(rooms.sessions.starts_at[i]), "s")).replace("-", "/").replace("T", " ")]
        for name, value in (
            ("直播间成交金额", "gmv_fen"),
            ("直播间退款金额", "refund_fen"),
            ("1小时退款金额", "refund_1h_fen"),
        ):
            assert round(Decimal(str(row[name])) * 100) == total[value][i], name
        assert (row["直播间成交订单数"], row["直播间观看次数"]) == (total.paid_orders[i], total.enters[i])
    assert {len(row) for path in (history / "douyin" / "live_sessions").iterdir() for row in read_book(path)} == {
        54,
        55,
    }
    assert any(row["商品点击-成交率(次数)"].startswith("0.") for row in rows.values()), "rates are fractions"
    assert any(len(str(row["直播间成交金额"])) > 12 for row in rows.values()), "long floats"


def test_refunds_of_a_session_grow_and_its_sales_do_not(history, next_day, small_world):
    before, after = sessions_in(history, small_world), sessions_in(next_day, small_world)
    both = before.keys() & after.keys()
    assert len(both) == len(before)
    for key in both:
        assert before[key]["直播间成交金额"] == after[key]["直播间成交金额"]
        assert float(before[key]["直播间退款金额"]) <= float(after[key]["直播间退款金额"])
    assert sum(float(after[key]["直播间退款金额"]) for key in both) > sum(
        float(before[key]["直播间退款金额"]) for key in both
    )


def test_minute_answers_add_up_to_the_session_list(history, small_world):
    rooms = rooms_of(small_world, FIRST, LAST)
    sums = defaultdict(Counter)
    for path in (history / "douyin" / "live_minutes").iterdir():
        for line in path.read_text(encoding="utf-8").splitlines():
            answer = json.loads(line)
            assert answer["st"] == 0
            room = answer.get("room_id") or path.stem.split("_")[-2]
            for point in answer["data"]["trends"]:
                sums[int(room)][point["point_name"]] += point["vertical"]["value"]
    mine = np.flatnonzero(rooms.sessions.platform_i == DOUYIN)
    assert set(sums) == set(rooms.sessions.session_id[mine].tolist())
    for i in mine.tolist():
        found = sums[int(rooms.sessions.session_id[i])]
        total = {n: int(rooms.minutes[n][rooms.minutes.session_i == i].sum()) for n in SUMMED}
        assert found["pay_amt"] == total["gmv_fen"] and found["pay_cnt"] == total["paid_orders"]
        assert found["watch_ucnt"] == found["leave_ucnt"] == total["enters"]


def products_in(inbox, kind: str) -> dict[int, list[dict]]:
    found = {}
    for path in (inbox / "douyin" / "live_products").glob(f"{kind}_2*.jsonl"):
        for answer in map(json.loads, path.read_text(encoding="utf-8").splitlines()):
            assert (
                found.setdefault(int(answer["room_id"]), answer["data"]["data_result"]) is answer["data"]["data_result"]
            )
    return found


def test_the_lists_of_products_add_up_to_the_minutes(history, small_world):
    rooms = rooms_of(small_world, FIRST, LAST)
    lists, talks = products_in(history, "product_list_after_live"), products_in(history, "product")
    mine = np.flatnonzero(rooms.sessions.platform_i == DOUYIN)
    assert set(lists) == set(talks) == set(rooms.sessions.session_id[mine].tolist())
    for i in mine.tolist():
        items = lists[int(rooms.sessions.session_id[i])]
        assert len(items) == len({item["product_id"] for item in items})
        assert (
            sum(item["pay_amt"]["value"] for item in items) == rooms.minutes.gmv_fen[rooms.minutes.session_i == i].sum()
        )
        assert all(item["create_cnt"]["value"] >= item["pay_cnt"]["value"] for item in items)
        spoken = talks[int(rooms.sessions.session_id[i])]
        assert spoken and all(t["talk_start_time"] < t["talk_end_time"] for t in spoken)
        ends = [t["talk_end_time"] for t in spoken]
        assert all(a <= t["talk_start_time"] for a, t in zip(ends, spoken[1:], strict=False)), "one product at a time"
    (alone,) = (history / "douyin" / "live_products").glob("*.json")
    answer = json.loads(alone.read_text(encoding="utf-8"))
    assert answer["data"]["page_result"]["total"] == len(answer["data"]["data_result"])
    assert answer["data"]["data_result"] == lists[int(answer["room_id"])]


def test_comment_files_hold_every_comment_once_or_twice(history, small_world):
    rooms = rooms_of(small_world, FIRST, LAST)
    truth = {row["message_id"]: row for row in truth_table(small_world, rooms).to_pylist()}
    told, kinds, lines, rooms_told = Counter(), Counter(), 0, set()
    for path in (history / "douyin" / "comments").glob("*.jsonl"):
        said = set()
        for line in path.read_text(encoding="utf-8").splitlines():
            message = json.loads(line)
            kinds[message["method"]] += 1
            if message["method"] == "WebcastChatMessage":
                said.add(message["common"]["msgId"])
                lines += 1
            rooms_told.add(message["common"]["roomId"])
        told.update(said)
    by_hand = sum(len(read_csv(path, "utf-8-sig")) for path in (history / "douyin" / "comments").glob("*.csv"))
    douyin = set(rooms.sessions.session_id[rooms.sessions.platform_i == DOUYIN].astype(str))
    expected = {key for key, row in truth.items() if row["live_session_id"] in douyin}
    assert set(told) < expected and len(told) + by_hand == len(expected) and by_hand > 0
    assert lines > len(told), "the stream repeats some"
    by_hand = {path.stem.split("_")[2] for path in (history / "douyin" / "comments").glob("*.csv")}
    assert by_hand and rooms_told | by_hand == douyin and not rooms_told & by_hand
    assert {"WebcastGiftMessage", "WebcastLikeMessage", "WebcastMemberMessage", "WebcastControlMessage"} <= set(kinds)


def test_phones_written_into_comments_stop_at_the_door(history, tmp_path):
    """The number is in the file, its sentence is in raw, the number is in nothing that landing wrote after reading."""
    import re

    import duckdb

    phone = re.compile(r"加我电话(1\d{10})聊")
    for path in sorted((history / "douyin" / "comments").iterdir()):
        said = phone.findall(path.read_text(encoding="utf-8-sig"))
        if said:
            break
    assert said
    assert land_file(path, "douyin", "comments", tmp_path).status == "loaded"
    raw = f"{tmp_path}/raw/**/*.parquet"
    (kept,) = duckdb.sql(f"select count(*) from read_parquet('{raw}') where content like '%加我电话%聊%'").fetchone()
    assert kept >= len(set(said))
    for file in tmp_path.rglob("*.parquet"):
        rows = duckdb.sql(f"select * from read_parquet('{file}')").fetchall()
        assert not any(number in str(rows) for number in said), file.name
