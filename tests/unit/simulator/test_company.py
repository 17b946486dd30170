"""The company's own facts: causes come from facts, lifts are what an honest analysis finds, plans add up, quirks stay alone."""

from __future__ import annotations

import math
from collections import Counter
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from simulator import media
from simulator.aftersales import PRE_SHIP
from simulator.company import desk, experiments, groups, incidents, market, members, plans, supply, tickets
from simulator.company.goods import bad_suppliers, traits
from simulator.company.review_words import BODIES, review_texts
from simulator.company.reviews import CAUSES, DESCRIPTION, LOGISTICS, QUALITY, SERVICE, SIZE, make_reviews
from simulator.company.tickets import late_orders
from simulator.days import DAY, export_moment, start_of
from simulator.exports import crm, plan, shop, wecom
from simulator.exports import market as market_files
from simulator.exports import supply as supply_files
from simulator.exports.context import Export
from simulator.frame import NONE
from simulator.orders import PAID_RATE
from simulator.quirks import resolve
from simulator.world import World

FIRST = date(2026, 9, 1)


@pytest.fixture(scope="module")
def world() -> World:
    return World(seed=5, first_day=FIRST, days=15, orders_per_day=1500)


@pytest.fixture(scope="module")
def reviewed(world):
    cohort = world.span(world.first_day, world.last_day)
    return cohort, make_reviews(world, cohort)


def test_every_bad_review_has_a_fact_behind_it(world, reviewed):
    cohort, said = reviewed
    planted = traits(world).take(said.product_i)
    reason = np.full(cohort.lines.rows, NONE)
    cases = cohort.after_sales.take(cohort.after_sales.kind != PRE_SHIP)
    reason[cases.line_i] = cases.reason
    reason = reason[said.line_i]
    asked = tickets.make_tickets(world, cohort)
    ignored = set(asked.order_i[tickets.slow(asked)].tolist())
    late = late_orders(cohort)[said.order_i]
    assert late[said.cause == LOGISTICS].all() and not late.all()
    assert (planted.odd_size | (reason == 3))[said.cause == SIZE].all()
    assert set(said.order_i[said.cause == SERVICE].tolist()) <= ignored
    for cause, fact, number in ((QUALITY, planted.defect, 2), (DESCRIPTION, planted.overpraised, 1)):
        behind = (fact | (reason == number))[said.cause == cause]
        assert behind.mean() > 0.8, CAUSES[cause]  # now and then a good product fails too
    counts = Counter(said.cause.tolist())
    assert set(counts) == {NONE, *range(len(CAUSES))} and 0.1 < 1 - counts[NONE] / said.rows < 0.5
    assert set(said.rating[said.cause != NONE].tolist()) == {1, 2} and said.rating[said.cause == NONE].min() >= 3
    assert (said.reviewed_at > cohort.orders.signed_at[said.order_i]).all()
    assert len(np.unique(said.review_id)) == said.rows


def test_the_words_of_a_review_fit_its_cause(reviewed):
    _, said = reviewed
    phones = np.full(said.rows, 13_800_138_000)
    plain = review_texts(said, phones, mixed=False, with_phones=False).to_pylist()
    for cause, text in zip(said.cause.tolist(), plain, strict=True):
        own = BODIES[CAUSES[cause]] if cause != NONE else (*BODIES["good"], *BODIES["fair"])
        assert any(body in text for body in own)
    assert len(set(plain)) > 800, "worded in many ways"
    mixed = review_texts(said, phones, mixed=True, with_phones=False).to_pylist()
    changed = np.array([a != b for a, b in zip(plain, mixed, strict=True)])
    assert changed.any() and (said.cause[changed] == NONE).all()
    told = review_texts(said, phones, mixed=False, with_phones=True).to_pylist()
    assert 0 < sum("13800138000" in text for text in told) < said.rows / 20


def test_an_honest_analysis_finds_the_true_lift(world):
    """From the logged assignments and the paid orders alone, as a warehouse would: two-sample z, conversion of units."""
    orders = world.span(world.first_day, world.last_day).orders
    seen = []
    for number, experiment in enumerate(experiments.EXPERIMENTS):
        started, ended = experiments.window(world, experiment)
        logged = experiments.assignments(world, number, with_crossovers=False)
        paid = np.flatnonzero((orders.paid_at != NONE) & (orders.paid_at < ended))
        last = np.full(world.people.size, NONE)
        np.maximum.at(last, orders.person[paid], orders.ordered_at[paid])
        assert ((logged.assigned_at >= started - DAY) & (logged.assigned_at < ended)).all()
        assert len(np.unique(logged.person)) == logged.rows, "a unit is assigned once"
        converted = last[logged.person] >= logged.assigned_at
        arms = [converted[logged.arm == arm] for arm in range(len(experiment.arms) + 1)]
        for arm, treated in enumerate(arms[1:], start=1):
            control = arms[0]
            error = math.sqrt(treated.var() / len(treated) + control.var() / len(control))
            true = experiments.true_lift(world, number, arm)
            assert abs(treated.mean() - control.mean() - true["conversion"] * PAID_RATE) < 3 * error
            effect = media.CHANNELS[media.channel_number(experiment.arms[arm - 1])].effect
            assert abs(true["orders"] - effect) < 4 * math.sqrt(effect / sum(map(len, arms))) + 1e-12
            seen.append((treated.mean() - control.mean()) / error)
        sizes = np.array([len(a) for a in arms])
        chi = ((sizes - sizes.mean()) ** 2 / sizes.mean()).sum()
        assert (chi > 12) == experiment.loses, (experiment.name, sizes)
    assert max(seen) > 3 and min(map(abs, seen)) < 2, "some effects are plain, one is nothing"


def test_crossovers_are_logged_in_a_second_arm_the_same_day(world):
    both = experiments.assignments(world, 0, with_crossovers=True)
    alone = experiments.assignments(world, 0, with_crossovers=False)
    odd = both.take(both.crossover)
    assert 0 < odd.rows < alone.rows / 30 and both.rows == alone.rows + odd.rows
    first = dict(
        zip(alone.person.tolist(), zip(alone.arm.tolist(), alone.assigned_at.tolist(), strict=True), strict=True)
    )
    for person, arm, when in zip(odd.person.tolist(), odd.arm.tolist(), odd.assigned_at.tolist(), strict=True):
        assert arm != first[person][0] and when >= first[person][1] and when // DAY == first[person][1] // DAY


def test_targets_and_shares_add_up_to_the_cent(world):
    found = {(t.year, t.quarter, t.category): t.fen for t in plans.targets(world)}
    categories = {c for _, _, c in found} - {""}
    assert len(categories) == 6
    for quarter in range(5):
        assert found[2026, quarter, ""] == sum(found[2026, quarter, c] for c in categories)
    for category in (*categories, ""):
        assert found[2026, 0, category] == sum(found[2026, q, category] for q in range(1, 5)) > 0
    assert sum(share for year, _, share in plans.category_shares(world) if year == 2026) == 100
    assert len({p.promotion_id for p in plans.promotions(World(days=200))}) == 14, "two years, seven promotions each"
    assert all(p.starts_on <= p.ends_on and p.uplift > 100 for p in plans.promotions(world))


def test_hosts_take_turns_and_sessions_hold_their_actions(world):
    held = desk.planned(world, world.first_day, world.last_day)
    shift = desk.shifts(held, world.seed)
    assert (shift.starts_at < shift.ends_at).all() and (shift.starts_at % 600 == 0).all()
    spans = {}
    for row in range(shift.rows):
        if not shift.co_host[row]:
            spans.setdefault(int(shift.held_i[row]), []).append((int(shift.starts_at[row]), int(shift.ends_at[row])))
    turned = [parts for parts in spans.values() if len(parts) > 1]
    assert len(spans) == held.rows and turned
    assert all(a[1] == b[0] for a, b in (sorted(parts) for parts in turned)), "one goes when the other comes"
    goods = desk.assortments(world, held)
    assert Counter(goods.held_i.tolist()).keys() == set(range(held.rows))
    assert len(np.unique(goods.held_i * 1000 + goods.product_i)) == goods.rows
    done = desk.actions_of_day(world.seed, start_of(FIRST) // DAY)
    session = {int(s): row for row, s in enumerate(held.session_id.tolist())}
    rows = [session[s] for s in done.session_id.tolist()]
    assert ((done.requested_at > held.starts_at[rows]) & (done.requested_at < held.ends_at[rows])).all()
    took = (done.completed_at - done.requested_at)[done.completed_at != NONE]
    assert took.min() >= 1 and np.median(took) < 30 < took.max()


def test_every_outage_is_an_incident(world):
    held = desk.planned(world, world.first_day, world.last_day)
    broken = {int(s) for s in held.session_id[held.outage_from != NONE]}
    days = range(start_of(world.first_day) // DAY, start_of(world.last_day) // DAY + 2)
    met = [incidents.incidents_of_day(world.seed, day, 120) for day in days]
    assert broken and broken <= {int(s) for m in met for s in m.session_id[m.kind == incidents.STREAM]}
    for frame in met:
        moments = (frame.started_at, frame.detected_at, frame.responded_at, frame.recovered_at)
        assert all((a <= b).all() for a, b in zip(moments, moments[1:], strict=False))


def test_bad_suppliers_are_slow_and_their_goods_fail():
    found = [World(seed=s, first_day=FIRST, days=60, orders_per_day=10) for s in range(4)]
    late = {True: [], False: []}
    for world in found:
        bad = bad_suppliers(world)
        assert bad.sum() == 3 and supply.suppliers(world).lead_days[bad].min() >= 10
        for number in range(60):
            cases = supply.cases_of_day(world, number)
            wait = np.where(cases.responded_at == NONE, 99 * DAY, cases.responded_at - cases.opened_at)
            for supplier, seconds in zip(cases.supplier.tolist(), wait.tolist(), strict=True):
                late[bool(bad[supplier])].append(seconds)
    assert np.median(late[True]) > 2 * np.median(late[False]) and len(late[True]) > len(late[False])
    defects = np.concatenate([traits(w).defect[bad_suppliers(w)[w.catalogue.products.supplier_i]] for w in found])
    assert defects.mean() > 0.3


def test_balances_are_what_members_began_with_and_did(world):
    everyone, at = members.members(world), export_moment(world.last_day)
    done = [members.events_of_day(world, number) for number in range(world.days)]
    earned = sum(np.bincount(d.member_i, members.POINTS[d.kind], everyone.rows) for d in done)
    assert (members.balances(world, at) == everyone.opening + earned).all()
    assert members.balances(world, at).min() >= 0
    for number, day in enumerate(done):
        begins = start_of(world.first_day) + number * DAY
        assert ((day.occurred_at >= begins) & (day.occurred_at < begins + DAY)).all()
        assert (everyone.joined_at[day.member_i] < day.occurred_at).all()


def test_nobody_joins_or_leaves_a_group_at_night(world):
    stays = groups.memberships(world)
    left = stays.left_at[stays.left_at != NONE]
    assert len(left) > 10
    for moments in (stays.joined_at, left):
        assert ((moments % DAY >= 9 * 3600) & (moments % DAY < 22 * 3600)).all()
    gone = stays.left_at != NONE
    assert (stays.left_at[gone] // DAY > stays.joined_at[gone] // DAY).all()


def test_competitors_keep_their_distance(world):
    first = start_of(FIRST) // DAY
    prices = market.prices_of_days(world, first, first + 13)
    ours = np.full(120, 10**12)
    np.minimum.at(ours, world.catalogue.skus.product_i, world.catalogue.skus.list_fen)
    ratio = prices.price_fen / ours[prices.product_i]
    assert ratio.min() > 0.7 and ratio.max() < 1.2 and 0.1 < (ratio < 1).mean() < 0.9
    held = market.sessions_of_days(world.seed, first, first + 13)
    assert (held.started_at < held.ended_at).all() and len(np.unique(held.session_id)) == held.rows


OWN_QUIRKS = {
    "phones_in_reviews": {"reviews"},
    "mixed_reviews": {"reviews"},
    "reviews_jsonl": {"reviews"},
    "phones_in_tickets": {"service_tickets"},
    "phone_member_ids": {"members", "member_events"},
    "iso_times": {"member_events"},
    "crossover_units": {"experiment_assignments"},
    "phones_in_incidents": {"incidents"},
    "phones_in_nicknames": {"group_members"},
}


def _written(folder: Path, quirks: set[str]) -> dict[str, bytes]:
    """Every own file of eleven days, by its name, with these quirks on."""
    small = World(seed=3, first_day=FIRST, days=12, orders_per_day=300)
    export = Export(small, folder, FIRST, date(2026, 9, 11), resolve(quirks))
    writers = (crm, shop, plan, market_files, supply_files, wecom)
    return {f"{p.parts[-2]}/{p.name}": p.read_bytes() for writer in writers for p in writer.write(export)}


def test_each_quirk_changes_what_it_names_and_nothing_else(tmp_path):
    plain = _written(tmp_path / "plain", set())
    for quirk, datasets in OWN_QUIRKS.items():
        odd = _written(tmp_path / quirk, {quirk})
        changed = {name.split("/")[0] for name in plain.keys() | odd.keys() if plain.get(name) != odd.get(name)}
        assert changed == datasets, quirk
