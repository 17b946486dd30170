"""Markov attribution against textbooks, exact fractions that remove channels one by one, a random walk, and its own laws."""

from __future__ import annotations

import random
from collections import Counter
from decimal import Decimal as D
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pa = pytest.importorskip("pyarrow")

from enrich.markov import apportion, markov_effects, seed_of  # noqa: E402


def table(journeys: list[tuple[str, str, int, str]], period: str = "2026-09") -> pa.Table:
    """(outcome, path, journeys, gmv) of one month, as int_attribution_paths has them: sorted, as every step's input is."""
    outcome, path, count, gmv = zip(*sorted(journeys), strict=True)
    return pa.table(
        {
            "period_type": ["month"] * len(path), "period": [period] * len(path), "outcome": outcome, "path": path,
            "journeys": pa.array(count, pa.int64()), "gmv_cny": pa.array([D(g) for g in gmv], pa.decimal128(18, 2)),
        }
    )  # fmt: skip


def effects(journeys: list[tuple[str, str, int, str]], replicates: int = 0) -> dict[str, dict]:
    """Channel -> its row."""
    return {row["channel"]: row for row in markov_effects(table(journeys), replicates).to_pylist()}


def by_removal(journeys: list[tuple[tuple[str, ...], bool, int]]) -> dict[str, Fraction]:
    """Another implementation: fractions; each channel is taken out of the chain, and the chance to order worked out anew."""
    steps: dict[str, Counter] = {}
    for path, bought, count in journeys:
        way = ["(begin)", *path, "(order)" if bought else "(none)"]
        for here, there in zip(way, way[1:], strict=False):
            steps.setdefault(here, Counter())[there] += count

    def chance(without: str | None) -> Fraction:
        states = [s for s in steps if s != without]
        rows = []  # x[s] - sum p(s, t) x[t] = p(s, order)
        for state in states:
            leaving = sum(steps[state].values())
            row = [Fraction(int(state == other)) - Fraction(steps[state][other], leaving) for other in states]
            rows.append([*row, Fraction(steps[state]["(order)"], leaving)])
        for i in range(len(rows)):
            pivot = next(r for r in range(i, len(rows)) if rows[r][i])
            rows[i], rows[pivot] = rows[pivot], rows[i]
            rows[i] = [x / rows[i][i] for x in rows[i]]
            for r in range(len(rows)):
                if r != i and rows[r][i]:
                    rows[r] = [x - rows[r][i] * y for x, y in zip(rows[r], rows[i], strict=True)]
        return rows[states.index("(begin)")][-1]

    whole = chance(None)
    return {channel: 1 - chance(channel) / whole for channel in steps if channel != "(begin)"}


paths = st.lists(
    st.tuples(st.lists(st.sampled_from("abcde"), min_size=1, max_size=5).map(tuple), st.booleans(), st.integers(1, 20)),
    min_size=1, max_size=12,
).filter(lambda drawn: any(bought for _, bought, _ in drawn))  # fmt: skip


def rows_of(drawn) -> list[tuple[str, str, int, str]]:
    return [
        ("order" if bought else "none", " > ".join(path), count, f"{count * 9.99:.2f}" if bought else "0")
        for path, bought, count in drawn
    ]


def test_textbook_with_returns_to_a_channel():
    found = effects(
        [("order", "a > b > a > b > b > a", 1, "1"), ("order", "a > b > b > a > a", 1, "1"), ("order", "a > a", 1, "1")]
    )
    assert {c: row["removal_effect"] for c, row in found.items()} == {"a": 1.0, "b": 0.5}
    assert {c: row["credit_orders"] for c, row in found.items()} == {"a": D(2), "b": D(1)}


def test_textbook_with_null_journeys():
    found = effects(
        [("order", "a > b", 3, "3"), ("none", "a > b", 1, "0"), ("order", "a > c", 1, "1"), ("none", "a > c", 1, "0")]
    )
    assert {c: row["removal_effect"] for c, row in found.items()} == {"a": 1.0, "b": 0.75, "c": 0.25}
    assert {c: row["credit_orders"] for c, row in found.items()} == {"a": D(2), "b": D("1.5"), "c": D("0.5")}


@settings(max_examples=60, deadline=None)
@given(paths)
def test_effects_are_those_of_exact_fractions(drawn):
    found = effects(rows_of(drawn))
    expected = by_removal(drawn)
    assert found.keys() == expected.keys()
    for channel, effect in expected.items():
        assert abs(found[channel]["removal_effect"] - float(effect)) < 1e-9, channel


@settings(max_examples=60, deadline=None)
@given(paths, st.integers(0, 5))
def test_credit_is_the_orders_and_the_money(drawn, without_touch):
    rows = rows_of(drawn) + ([("unattributed", "unattributed", without_touch, "7.77")] if without_touch else [])
    found = effects(rows, replicates=5).values()
    assert sum(row["credit_orders"] for row in found) == sum(n for outcome, _, n, _ in rows if outcome != "none")
    assert sum(row["credit_gmv_cny"] for row in found) == sum(D(g) for *_, g in rows)
    assert all(row["credit_low"] <= row["credit_orders"] <= row["credit_high"] for row in found)
    assert all(
        row["credit_orders"] >= 0 and (row["removal_effect"] is None or 0 <= row["removal_effect"] <= 1)
        for row in found
    )


@settings(max_examples=40, deadline=None)
@given(paths, st.data())
def test_repeats_of_a_channel_in_a_row_change_nothing(drawn, data):
    times = data.draw(st.integers(1, 3))
    repeated = [(tuple(c for step in path for c in [step] * times), bought, n) for path, bought, n in drawn]
    plain, longer = effects(rows_of(drawn), 5), effects(rows_of(repeated), 5)
    for channel, row in plain.items():
        assert abs(longer[channel]["removal_effect"] - row["removal_effect"]) < 1e-12


@settings(max_examples=40, deadline=None)
@given(paths, st.permutations("vwxyz"))
def test_other_names_are_other_names_only(drawn, names):
    named = dict(zip("abcde", names, strict=True))
    plain = effects(rows_of(drawn))
    renamed = effects(rows_of([(tuple(named[c] for c in path), bought, n) for path, bought, n in drawn]))
    for channel, row in plain.items():
        assert abs(renamed[named[channel]]["removal_effect"] - row["removal_effect"]) < 1e-9
        assert renamed[named[channel]]["journeys"] == row["journeys"]


def test_a_walk_through_the_chain_comes_to_the_same():
    """A Monte Carlo walk (20,000 journeys) over steps counted here: without a channel, whoever meets it is lost."""
    dice = random.Random(5)
    journeys = [
        (tuple(dice.choice("abcd") for _ in range(dice.randint(1, 5))), dice.random() < 0.4, 1) for _ in range(300)
    ]
    steps: dict[str, list[str]] = {}
    for path, bought, _ in journeys:
        way = ["(begin)", *path, "(order)" if bought else "(none)"]
        for here, there in zip(way, way[1:], strict=False):
            steps.setdefault(here, []).append(there)
    orders, lost = 0, Counter()
    for _ in range(20_000):
        here, met = "(begin)", set()
        while here in steps:
            here = dice.choice(steps[here])
            met.add(here)
        if here == "(order)":
            orders += 1
            lost.update(met - {"(order)"})
    for channel, row in effects(rows_of(journeys)).items():
        assert abs(row["removal_effect"] - lost[channel] / orders) < 0.02, channel


def test_intervals_are_as_wide_as_the_sampling_of_journeys():
    """Two channels alone on their journeys: the share is binomial, sd = sqrt(p (1 - p) / n)."""
    found = effects([("order", "a", 300, "300"), ("order", "b", 700, "700")], replicates=2000)
    half = (found["a"]["credit_high"] - found["a"]["credit_low"]) / 2
    assert abs(float(half) - 1.96 * (0.3 * 0.7 * 1000) ** 0.5) < 2
    assert found["a"]["credit_low"] < 300 < found["a"]["credit_high"]


def half_width(row: dict) -> float:
    return float(row["credit_high"] - row["credit_low"]) / 2


def test_of_very_many_journeys_groups_are_drawn_and_tell_the_same_width():
    """A million orders, far more than there are groups: the share is binomial still."""
    found = effects([("order", "a", 300_000, "3"), ("order", "b", 700_000, "7")], replicates=2000)
    assert half_width(found["a"]) == pytest.approx(1.96 * (0.3 * 0.7 * 1_000_000) ** 0.5, rel=0.06)


def test_groups_tell_the_width_that_single_paths_tell(monkeypatch):
    """Rare paths beside common ones, some channels on rare ones alone: what a group of one kind would get wrong."""
    lot = random.Random(8)
    walks = Counter()
    for _ in range(20_000):
        path = " > ".join("abcde"[int(5 * lot.random() ** 2)] for _ in range(min(9, int(lot.expovariate(0.6)) + 1)))
        walks["order" if lot.random() < 0.2 else "none", path] += 1
    rows = [(outcome, path, count, "1") for (outcome, path), count in sorted(walks.items())]
    single = effects(rows, replicates=1500)
    monkeypatch.setattr("enrich.markov._MANY", 1)
    grouped = effects(rows, replicates=1500)
    assert grouped != single
    for channel, row in single.items():
        assert grouped[channel]["removal_effect"] == row["removal_effect"]
        assert half_width(grouped[channel]) == pytest.approx(half_width(row), rel=0.12), channel


def test_the_same_period_has_the_same_intervals_and_another_has_its_own():
    rows = [("order", "a > b", 40, "40"), ("none", "b > a", 60, "0"), ("order", "c", 9, "9")]
    assert markov_effects(table(rows)).equals(markov_effects(table(rows)))
    other = markov_effects(table(rows, "2026-10"))
    assert other["removal_effect"].equals(markov_effects(table(rows))["removal_effect"])
    assert not other["credit_low"].equals(markov_effects(table(rows))["credit_low"])
    assert seed_of("month", "2026-09") == 2027463777


def test_periods_do_not_mix():
    one, two = [("order", "a", 5, "5"), ("none", "a > b", 5, "0")], [("order", "b > a", 3, "4")]
    both = markov_effects(pa.concat_tables([table(one), table(two, "2026-10")]), 20).to_pylist()
    alone = [*markov_effects(table(one), 20).to_pylist(), *markov_effects(table(two, "2026-10"), 20).to_pylist()]
    assert both == alone


def test_open_journeys_are_left_out():
    rows = [("order", "a > b", 4, "4"), ("none", "a", 6, "0")]
    assert effects(rows, 10) == effects([*rows, ("open", "any", 99, "0")], 10)


@pytest.mark.parametrize("rows", [[("none", "a > b", 5, "0")], [("open", "any", 5, "0")]])
def test_a_period_without_an_order_has_no_effects(rows):
    for row in effects(rows, 10).values():
        assert row["removal_effect"] is None
        assert row["credit_orders"] == row["credit_low"] == row["credit_high"] == row["credit_gmv_cny"] == 0


def test_orders_without_a_touch_alone():
    (row,) = effects([("unattributed", "unattributed", 3, "9.99")]).values()
    assert (row["channel"], row["removal_effect"], row["credit_orders"], row["credit_gmv_cny"]) == (
        "unattributed",
        None,
        3,
        D("9.99"),
    )


def test_a_channel_that_calls_itself_unattributed_keeps_both():
    found = effects([("order", "unattributed > a", 2, "2"), ("unattributed", "unattributed", 3, "3")], 5)
    assert found["unattributed"]["credit_orders"] == D(4)
    assert found["unattributed"]["removal_effect"] == 1.0
    assert sum(row["credit_orders"] for row in found.values()) == 5


def test_a_name_with_the_separator_is_one_channel():
    assert effects([("order", "a >> b > c", 2, "2")]).keys() == {"a > b", "c"}


def test_two_hundred_channels_against_removal_one_by_one():
    dice = random.Random(3)
    names = [f"channel {i:03}" for i in range(200)]
    drawn = [
        (tuple(dice.choice(names) for _ in range(dice.randint(1, 4))), dice.random() < 0.3, dice.randint(1, 9))
        for _ in range(4000)
    ]
    found = effects(rows_of(drawn), replicates=20)
    assert len(found) == 200
    expected = _floats_by_removal(drawn, names[:5])
    assert all(abs(found[c]["removal_effect"] - e) < 1e-9 for c, e in expected.items())
    assert min(row["removal_effect"] for row in found.values()) > 0


def _floats_by_removal(drawn, channels: list[str]) -> dict[str, float]:
    """Power iteration: the mass that comes to an order when whoever comes to the channel is lost."""
    steps: dict[str, Counter] = {}
    for path, bought, count in drawn:
        way = ["(begin)", *path, "(order)" if bought else "(none)"]
        for here, there in zip(way, way[1:], strict=False):
            if here != there:
                steps.setdefault(here, Counter())[there] += count

    def chance(without: str | None) -> float:
        mass, bought = {"(begin)": 1.0}, 0.0
        while sum(mass.values()) > 1e-14:
            after: dict[str, float] = {}
            for here, much in mass.items():
                leaving = sum(steps[here].values())
                for there, count in steps[here].items():
                    part = much * count / leaving
                    if there == "(order)":
                        bought += part
                    elif there not in ("(none)", without):
                        after[there] = after.get(there, 0.0) + part
            mass = after
        return bought

    whole = chance(None)
    return {channel: 1 - chance(channel) / whole for channel in channels}


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**15), st.lists(st.integers(0, 10**12), min_size=1, max_size=20))
def test_apportion_gives_all_or_nothing(amount, weights):
    parts = apportion(amount, weights)
    assert sum(parts) == (amount if sum(weights) else 0)
    assert all(
        abs(part - Fraction(amount * w, sum(weights))) < 1
        for part, w in zip(parts, weights, strict=True)
        if sum(weights)
    )
