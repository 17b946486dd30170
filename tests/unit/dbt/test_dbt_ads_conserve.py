"""Laws of ad reports on drawn fetches: ad within campaign within account to the cent, whatever was fetched when, and in any order."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal as D

import pytest
from dbt_chain import SETTINGS, chain
from hypothesis import given, settings
from hypothesis import strategies as st

CHAIN = (
    ("marts/core", "fct_ad_snapshots"), ("intermediate", "int_ads"), ("intermediate", "int_ads_known"), ("intermediate", "int_ad_entities"),
    ("intermediate", "int_ad_cells"), ("marts/core", "fct_ad_hours"), ("intermediate", "int_ad_days"),
)  # fmt: skip
_COLUMNS = (
    "platform", "account_id", "promotion", "time_line", "level", "campaign_id", "ad_key", "grain", "stat_at", "stat_date", "fetched_at",
    "load_id", "_row_number", "spend_cny", "clicks",
)  # fmt: skip
#: what the chain reads: table -> the columns that are filled
READ = {
    "staging.stg_qianchuan__ad_reports": _COLUMNS,
    "staging.stg_tencent__ad_reports": (),
    "staging.stg_kuaishou__ad_reports": (),
}
DAY = dt.datetime(2026, 9, 10)
#: level, campaign, ad of everything that can be fetched
UNITS = (
    ("ad", "c1", "a1"), ("ad", "c1", "a2"), ("ad", "c2", "a3"), ("campaign", "c1", None), ("campaign", "c2", None), ("account", None, None),
)  # fmt: skip
#: one fetch of a unit: by the hour or as the day's total, so many hours after the day's beginning, fen by hour
fetches = st.lists(
    st.tuples(
        st.sampled_from(UNITS), st.sampled_from(["hour", "day"]), st.integers(24, 200), st.dictionaries(st.integers(0, 23), st.integers(1, 50_000), min_size=1, max_size=3)
    ),
    min_size=1, max_size=12, unique_by=lambda f: f[:3],
)  # fmt: skip


@pytest.fixture(scope="module")
def company(built):
    """A function: rows by table of READ -> a cursor with the chain built over them."""
    with chain(built, CHAIN, READ, seeds=("ad_time_lines", "ad_maturities", "channel_rules")) as build:
        yield build


def _rows(drawn) -> dict[str, list[tuple]]:
    rows = []
    for number, ((level, campaign, ad), grain, age, hours) in enumerate(drawn):
        told = hours if grain == "hour" else {0: sum(hours.values())}
        for hour, fen in told.items():
            rows.append((
                "qianchuan", "acc", "standard", "none", level, campaign, ad, grain, DAY + dt.timedelta(hours=hour), DAY.date(),
                DAY + dt.timedelta(hours=age), f"load{number}", len(rows), D(fen) / 100, fen % 7,
            ))  # fmt: skip
    return {"staging.stg_qianchuan__ad_reports": rows}


def _own(drawn, unit, up_to: int) -> tuple[int, int] | None:
    """(fen, hours) that the newest fetches of one unit come to, and when it was last heard; None without a fetch."""
    newest = {}
    for its_unit, grain, age, hours in drawn:
        if its_unit == unit and age <= up_to and age >= newest.get(grain, (0, 0))[0]:
            newest[grain] = (age, sum(hours.values()))
    if not newest:
        return None
    if len(newest) == 1:
        age, fen = next(iter(newest.values()))
    else:  # a total counts when it is newer than the hours, or of the same moment with no less
        (hour_age, hour_fen), (day_age, day_fen) = newest["hour"], newest["day"]
        counts = day_age > hour_age or (day_age == hour_age and day_fen >= hour_fen)
        age, fen = (day_age, day_fen) if counts else (hour_age, hour_fen)
    return fen, age


def _with_parts(own: tuple[int, int] | None, parts: list[tuple[int, int]]) -> tuple[int, int] | None:
    """What a whole and its parts come to together: the whole where it is newer, or within the hour and no less."""
    if not parts:
        return own
    fen, age = sum(p[0] for p in parts), max(p[1] for p in parts)
    if own and (own[1] > age or (own[1] + 1 >= age and own[0] >= fen)):
        return own[0], max(own[1], age)
    return fen, age


def _expected(drawn, up_to: int) -> dict[str, int]:
    """Fen of each ad, campaign and of the account."""
    ads = {unit[2]: (unit[1], _own(drawn, unit, up_to)) for unit in UNITS if unit[0] == "ad"}
    campaigns = {
        name: _with_parts(_own(drawn, ("campaign", name, None), up_to), [o for c, o in ads.values() if c == name and o])
        for name in ("c1", "c2")
    }
    account = _with_parts(_own(drawn, ("account", None, None), up_to), [c for c in campaigns.values() if c])
    told = {ad: own for ad, (_, own) in ads.items()} | campaigns | {"account": account}
    return {name: value[0] for name, value in told.items() if value}


@settings(max_examples=60, **SETTINGS)
@given(drawn=fetches)
def test_every_level_adds_up_to_the_level_above_it(company, drawn):
    con = company(_rows(drawn))
    expected = _expected(drawn, 10_000)
    asked = (
        ("select ad_id, sum(spend_cny) from marts.fct_ad_hours where ad_id <> 'unallocated' group by ad_id", {"a1", "a2", "a3"}),
        ("select campaign_id, sum(spend_cny) from marts.fct_ad_hours where campaign_id <> 'unallocated' group by campaign_id", {"c1", "c2"}),
        ("select 'account', sum(spend_cny) from marts.fct_ad_hours", {"account"}),
    )  # fmt: skip
    for question, names in asked:
        found = {name: int(money * 100) for name, money in con.execute(question).fetchall()}
        assert {k: v for k, v in found.items() if v} == {k: v for k, v in expected.items() if k in names and v}
    days = con.execute("select sum(spend_cny), sum(clicks) from intermediate.int_ad_days where maturity = 'now'")
    assert days.fetchone() == con.execute("select sum(spend_cny), sum(clicks) from marts.fct_ad_hours").fetchone()


@settings(max_examples=30, **SETTINGS)
@given(drawn=fetches, dice=st.randoms(use_true_random=False))
def test_what_was_known_at_an_age_is_what_a_build_of_that_day_would_say(company, drawn, dice):
    """D3 of a day is `now` of a warehouse that has only the fetches of up to three days after; and the order of telling is nothing."""
    asked = "select campaign_id, ad_id, promotion, spend_cny, clicks from intermediate.int_ad_days where maturity = '{}' order by all"
    full = company(_rows(drawn)).execute(asked.format("D3")).fetchall()
    early = [f for f in drawn if f[2] < 4 * 24]
    dice.shuffle(early)
    is_reached = max(f[2] for f in drawn) >= 3 * 24
    alone = company(_rows(early)).execute(asked.format("now")).fetchall() if early else []
    assert full == (alone if is_reached else [])
