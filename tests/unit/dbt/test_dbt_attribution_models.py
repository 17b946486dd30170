"""The seven models that look at one journey, and the periods: known answers, and every order against another implementation."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal as D
from decimal import localcontext
from fractions import Fraction

import pytest

MODELS = ("first", "last", "last_non_direct", "linear", "position", "shapley", "time_decay")


def shares(ask, model: str, order: str) -> list:
    """Credit shares of one order and model in the order of the touches."""
    return [
        share
        for (share,) in ask(
            f"select credit_share from marts.attribution_credits where model = '{model}' and order_id = '{order}' order by touch_rank"
        )
    ]


@pytest.mark.parametrize(
    ("model", "order", "expected"),
    [
        ("position", "lnn-1", ["0.5", "0.5"]),
        ("position", "dcy-1", ["0.4", "0.2", "0.4"]),
        ("position", "shp-1", ["0.4", "0.1", "0.1", "0.4"]),
        ("position", "cnt-1", ["1"]),
        ("time_decay", "dtw-1", ["0.333333333", "0.666666667"]),
        ("time_decay", "dcy-1", ["0.142857143", "0.285714286", "0.571428571"]),
        ("shapley", "shp-1", ["0.166666667", "0.5", "0.166666667", "0.166666666"]),
        ("last_non_direct", "lnd-1", ["1"]),
    ],
)
def test_known_shares(ask, model, order, expected):
    assert shares(ask, model, order) == [D(x) for x in expected]


def test_last_non_direct_is_the_last_that_is_not_direct_and_the_last_where_all_are(ask):
    rows = ask(
        "select order_id, touch_rank, channel from marts.attribution_credits where model = 'last_non_direct' and order_id in ('lnd-1', 'lnn-1') order by 1"
    )
    assert rows == [("lnd-1", 1, "kol"), ("lnn-1", 2, "direct")]


def test_position_of_the_rules_toy(ask):
    rows = ask(
        "select channel, sum(credit_orders) from marts.attribution_credits where model = 'position' and order_id like 'toy-%' group by channel"
    )
    assert dict(rows) == {"direct": D(2), "search": D("3.5"), "email": D("3.5"), "social": D(1)}


def _parts(amount: int, weights: list[Fraction]) -> list[int]:
    """Largest remainder with exact fractions: what another implementation makes of the same weights."""
    wanted = [Fraction(amount) * w / sum(weights) for w in weights]
    parts = [int(w) for w in wanted]
    for place in sorted(range(len(parts)), key=lambda i: (parts[i] - wanted[i], i))[: amount - sum(parts)]:
        parts[place] += 1
    return parts


def _weights(model: str, channels: list[str], ages: list[int]) -> list[Fraction]:
    """Of a whole journey; ages in seconds before the newest touch. time_decay weighs in billionths of the newest."""
    n = len(channels)
    one = [Fraction(0)] * n
    if model == "first":
        one[0] = Fraction(1)
    elif model == "last":
        one[-1] = Fraction(1)
    elif model == "last_non_direct":
        one[max([i for i, c in enumerate(channels) if c != "direct"], default=n - 1)] = Fraction(1)
    elif model == "linear":
        one = [Fraction(1)] * n
    elif model == "position":
        one = [Fraction(1, n)] * n if n < 3 else [Fraction(2, 5), *[Fraction(1, 5) / (n - 2)] * (n - 2), Fraction(2, 5)]
    else:
        with localcontext(prec=40):
            one = [Fraction(round(D(2) ** (D(-age) / D(7 * 86400)) * 10**9)) for age in ages]
    return one


def _credits(model: str, channels: list[str], ages: list[int], amount: int) -> list[int]:
    if model != "shapley":
        return _parts(amount, _weights(model, channels, ages))
    distinct = list(dict.fromkeys(channels))
    credit = [0] * len(channels)
    for channel, part in zip(distinct, _parts(amount, [Fraction(1)] * len(distinct)), strict=True):
        places = [i for i, c in enumerate(channels) if c == channel]
        for place, units in zip(places, _parts(part, [Fraction(1)] * len(places)), strict=True):
            credit[place] = units
    return credit


def test_every_order_of_every_scenario_by_another_implementation(ask):
    """Money, refunds and shares of all touches of all models, to the cent and to the billionth."""
    journeys = defaultdict(list)
    for key, *touch in ask(
        "select platform || ' ' || order_id, touch_rank, channel, epoch(max(touched_at) over (partition by platform, order_id) - touched_at)"
        " from intermediate.int_journeys order by 1, 2"
    ):
        journeys[key].append(touch)
    orders = ask(
        "select platform || ' ' || order_id, gmv_cny, refund_to_date_cny from intermediate.int_orders where is_paid"
    )
    found = defaultdict(list)
    for key, model, rank, *credit in ask(
        "select platform || ' ' || order_id, model, touch_rank, credit_share, credit_gmv_cny, credit_refund_cny from marts.attribution_credits order by 1, 2, 3"
    ):
        found[key, model].append((rank, *(int(c * u) for c, u in zip(credit, (10**9, 100, 100), strict=True))))
    assert len(orders) > 90
    assert max(len(j) for j in journeys.values()) >= 5
    for key, gmv, refund in orders:
        channels, ages = [t[1] for t in journeys[key]], [int(t[2] or 0) for t in journeys[key]]
        for model in MODELS:
            amounts = [_credits(model, channels, ages, a) for a in (10**9, int(gmv * 100), int(refund * 100))]
            expected = [(i + 1, *row) for i, row in enumerate(zip(*amounts, strict=True)) if row[0]]
            assert found[key, model] == expected, (key, model)


def test_shapley_over_channels_is_linear_over_distinct_channels(ask):
    rows = ask(
        "select order_id, count(distinct channel), max(units) - min(units) from"
        " (select platform, order_id, channel, cast(sum(credit_share) * 1000000000 as bigint) as units"
        "  from marts.attribution_credits where model = 'shapley' group by all) group by platform, order_id"
    )
    assert max(row[1] for row in rows) >= 3
    assert all(spread <= 1 for _, _, spread in rows)


def test_every_model_gives_every_order_out_once(ask):
    """Orders are counted, not weighted by money, and no journey gives more or less than its order."""
    rows = ask(
        "select model, sum(credit_orders), sum(credit_gmv_cny), sum(credit_net_cny) from marts.attribution_credits group by model"
    )
    (orders,) = ask(
        "select count(*), sum(gmv_cny), sum(gmv_cny - refund_to_date_cny) from intermediate.int_orders where is_paid"
    )
    assert {row[0]: row[1:] for row in rows} == dict.fromkeys(MODELS, orders)


def test_a_channel_whose_name_holds_the_separator_stays_one_step(ask):
    assert ask(
        "select path, short_path, distinct_channels from marts.attribution_journeys where order_id = 'arw-1'"
    ) == [("x >> y > x > x", "x >> y > x", 2)]
    channels = ask(
        "select channel from marts.channel_removal_effects where period = '2026-09' and channel in ('x > y', 'x', 'y')"
    )
    assert sorted(c for (c,) in channels) == ["x", "x > y"]


def test_grains_of_a_touch_stand_beside_its_credit(ask):
    assert ask(
        "select distinct ad_id, creative_id, audience_id, live_session_id, cast(touched_hour_at as varchar) from marts.attribution_credits where order_id = 'grn-1'"
    ) == [("A77", "CR1", "AU1", "R9", "2026-09-19 09:00:00")]


def test_the_textbook_month(ask):
    """P = 2/3; effects 1, 3/4, 1/4; credit 2, 1.5, 0.5 of four orders of 33.35; the order without a touch keeps its own."""
    rows = ask(
        "select channel, removal_effect, credit_orders, credit_gmv_cny, journeys, order_journeys, period_null_journeys, period_open_journeys"
        " from marts.channel_removal_effects where period_type = 'month' and period = '2026-06' order by channel"
    )
    assert rows == [
        ("mk_a", D("1"), D("2"), D("66.70"), 6, 4, 2, 0),
        ("mk_b", D("0.75"), D("1.5"), D("50.03"), 4, 3, 2, 0),
        ("mk_c", D("0.25"), D("0.5"), D("16.67"), 2, 1, 2, 0),
        ("unattributed", None, D("1"), D("20.00"), 1, 1, 2, 0),
    ]


def test_eight_models_side_by_side_share_out_the_same_orders_and_money(ask):
    rows = ask(
        "select period_type, period, model, sum(orders), sum(gmv_cny), sum(spend_cny) from marts.attribution_periods group by all"
    )
    spans = ask("select period_type, period, first_date, last_date from intermediate.int_attribution_spans")
    seen = 0
    for period_type, period, first, last in spans:
        (orders,) = ask(
            f"select count(*), sum(gmv_cny) from intermediate.int_orders where paid_date between '{first}' and '{last}'"
        )
        (spend,) = ask(
            f"select coalesce(sum(spend_cny), 0) from marts.fct_ad_hours where stat_date between '{first}' and '{last}'"
        )
        mine = {row[2]: row[3:] for row in rows if row[:2] == (period_type, period)}
        if orders[0]:
            assert mine == dict.fromkeys([*MODELS, "markov"], (*orders, *spend)), (period_type, period)
            seen += 1
    assert seen >= 4


def test_orders_without_a_touch_are_theirs_in_every_model(ask):
    rows = ask(
        "select period, model, orders from marts.attribution_periods where channel = 'unattributed' and period_type = 'month'"
    )
    by_period = defaultdict(set)
    for period, _, orders in rows:
        by_period[period].add(orders)
    assert len(rows) == 8 * len(by_period)
    assert all(len(orders) == 1 for orders in by_period.values())
    assert by_period["2026-06"] == {D(1)}


def test_journeys_that_may_still_become_orders_are_counted_apart(ask):
    (as_of, lookback) = (ask("select as_of from intermediate.int_data_span")[0][0], 30)
    opened = ask(
        f"select count(*) from intermediate.int_journeys_null where last_touch_date between '2026-09-01' and '2026-09-30' and last_touch_date > date '{as_of}' - {lookback}"
    )[0][0]
    (row,) = ask(
        "select distinct period_open_journeys, is_provisional from marts.channel_removal_effects where period = '2026-09'"
    )
    assert opened > 0
    assert row == (opened, True)
