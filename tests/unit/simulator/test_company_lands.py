"""What the simulator writes for our own formats and 企业微信 lands whole, says what the truth says, and names no one."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from datetime import date

import duckdb
import pytest

from ingest.landing import land_file
from simulator.company import groups
from simulator.company.script_words import FORBIDDEN, REVIEWERS
from simulator.company.truth import tables
from simulator.days import start_of
from simulator.exports import crm, market, plan, shop, supply, wecom
from simulator.exports.context import Export
from simulator.quirks import resolve
from simulator.world import World

FIRST, LAST, NEXT = date(2026, 9, 1), date(2026, 9, 11), date(2026, 9, 12)
WRITERS = (crm, shop, plan, market, supply, wecom)
WORLD = World(seed=3, first_day=FIRST, days=12, orders_per_day=400)
DATASETS = {
    "crm.identity_links", "crm.members", "crm.member_events", "crm.referrals", "crm.service_tickets",
    "shop.products", "shop.warehouses", "shop.reviews", "shop.experiments", "shop.experiment_assignments", "shop.qualifications",
    "plan.gmv_targets", "plan.category_shares", "plan.promotions", "plan.live_schedule", "plan.assortments", "plan.scripts",
    "plan.control_actions", "plan.incidents", "plan.benchmarks", "market.competitor_sessions", "market.competitor_prices",
    "supply.suppliers", "supply.supplier_cases", "wecom.group_members", "wecom.daily_stats",
}  # fmt: skip


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    """(home, loads, inbox): eleven days of history and the twelfth day, landed in a home of its own."""
    inbox, home = tmp_path_factory.mktemp("inbox"), tmp_path_factory.mktemp("home")
    (home / "state").mkdir()
    (home / "state" / "identity.key").write_bytes(bytes(range(32)))
    loads = []
    for since, until in ((FIRST, LAST), (NEXT, NEXT)):
        export = Export(WORLD, inbox, since, until, resolve(None))
        paths = [path for writer in WRITERS for path in writer.write(export)]
        loads += [(path, land_file(path, path.parts[-3], path.parts[-2], home)) for path in paths]
    return home, loads, inbox


@pytest.fixture(scope="module")
def newest(house):
    """A function: the rows of a dataset, of each key the newest version, as a DuckDB relation."""
    home, _, _ = house
    connection = duckdb.connect()

    def rows(dataset: str, *key: str):
        # file names end with the moment of export, so the newest has the greatest end
        moment = "regexp_extract(_source_file, '(20[0-9]{12})[.]', 1)"
        source, name = dataset.split(".")
        last = f"qualify row_number() over (partition by {', '.join(key)} order by {moment} desc) = 1" if key else ""
        return connection.sql(f"select * from read_parquet('{home}/raw/{source}/{name}/*.parquet') {last}")

    return rows


@pytest.fixture(scope="module")
def truth():
    return {name: table.to_pylist() for name, table in tables(WORLD, FIRST, NEXT).items()}


def test_everything_lands_and_nothing_is_set_aside(house):
    _, loads, _ = house
    assert {f"{load.source}.{load.dataset}" for _, load in loads} == DATASETS
    troubled = [(p.name, x.status, x.rows_quarantined, x.reason) for p, x in loads if x.status != "loaded" or x.rows_quarantined]  # fmt: skip
    assert troubled == []
    assert {x.notes for _, x in loads} == {"", "no control total: a cut at the end of a line would not be seen"}
    for path, load in loads:
        assert load.rows_read == load.rows_loaded + load.rows_non_data, path.name
        if path.suffix == ".csv":  # no cell of these files holds a line break
            assert load.rows_loaded == path.read_bytes().count(b"\r\n") - 1, path.name
    empty = {f"{x.source}.{x.dataset}" for _, x in loads} - {
        f"{x.source}.{x.dataset}" for _, x in loads if x.rows_loaded
    }
    assert empty == set()


def test_reviews_tickets_and_points_equal_the_truth(newest, truth):
    found = {
        row[0]: row[1:]
        for row in newest("shop.reviews", "review_id").project("review_id, product_id, rating").fetchall()
    }
    assert (
        found == {r["review_id"]: (r["product_id"], r["rating"]) for r in truth["review_causes"]} and len(found) > 300
    )
    rows = newest("crm.service_tickets", "ticket_id").project("ticket_id, opened_at, first_reply_at").fetchall()
    quick = {t for t, opened, reply in rows if reply and (reply - opened).total_seconds() <= 3600}
    assert {t for t, *_ in rows} == {r["ticket_id"] for r in truth["tickets"]}
    assert quick == {r["ticket_id"] for r in truth["tickets"] if r["answered_within_1h"]} and 0 < len(quick) < len(rows)
    members = newest("crm.members", "member_id").project("points").fetchall()
    assert sorted(p for (p,) in members) == sorted(r["points"] for r in truth["member_points"])
    assert min(p for (p,) in members) >= 0


def test_points_move_as_the_events_say(newest):
    """Balances of the two snapshots differ by the events between them, member by member."""
    earned = dict(
        newest("crm.member_events", "event_id").filter("occurred_at between '2026-09-12 02:00:01' and '2026-09-13 02:00:00'")
        .aggregate("member_id, sum(points_delta)::bigint").fetchall()
    )  # fmt: skip
    moved = Counter()
    snapshots = defaultdict(dict)
    for member, points, file in newest("crm.members").project("member_id, points, _source_file").fetchall():
        snapshots[file][member] = points
    before, after = (snapshots[name] for name in sorted(snapshots))
    moved = {m: after[m] - before[m] for m in before if after[m] != before[m]}
    assert moved == {m: delta for m, delta in earned.items() if m in before and delta} and moved


def test_groups_move_as_the_truth_says(newest, truth):
    """Joins and leaves come from comparing one day's members with the next; the daily figures say the same."""
    days = defaultdict(set)
    for file, chat, member, kind in newest("wecom.group_members").project("_source_file, chat_id, member_id, member_type").fetchall():  # fmt: skip
        days[file].add((chat, member, kind))
    stays = [days[name] for name in sorted(days)]
    told = {r["date"]: r for r in truth["group_days"]}
    assert len(stays) == 12
    for number, (before, after) in enumerate(zip(stays, stays[1:], strict=False), start=1):
        day = told[date(2026, 9, 1 + number)]
        assert (len(after - before), len(before - after)) == (day["joins"], day["leaves"])
        assert sum(1 for *_, kind in after if kind == "2") == day["members"]
    assert sum(d["leaves"] for d in truth["group_days"]) and sum(d["joins"] for d in truth["group_days"])
    stats = newest("wecom.daily_stats", "stat_at", "owner_id", "staff_id")
    whole = (
        stats.filter("owner_id is null and staff_id is null").project("stat_at::date, members, new_members").fetchall()
    )
    employees = groups.groups(WORLD).rows
    assert sorted(whole) == [(day, r["members"] + employees, r["joins"]) for day, r in sorted(told.items())]
    by_staff = stats.filter("staff_id is not null").aggregate("stat_at::date, sum(new_contacts)::int").fetchall()
    assert sorted(by_staff) == [(day, r["joins"]) for day, r in sorted(told.items())]


def test_only_the_planted_rings_are_circles(newest, truth):
    """Taking away whoever only invites or only is invited, again and again, leaves the rings and nothing else."""
    edges = {r: (a, b) for r, a, b in newest("crm.referrals", "referral_id").project("referral_id, inviter_id, invitee_id").fetchall()}  # fmt: skip
    count = len(edges)
    while True:
        both = {a for a, _ in edges.values()} & {b for _, b in edges.values()}
        left = {r: (a, b) for r, (a, b) in edges.items() if a in both and b in both}
        if len(left) == len(edges):
            break
        edges = left
    assert set(edges) == {r["referral_id"] for r in truth["referral_loops"]} and 5 < len(edges) < count / 2


def test_papers_scripts_and_incidents_equal_the_truth(newest, truth):
    have = {(p, d): end for p, d, end in newest("shop.qualifications", "product_id", "document_type", "document_no").project("product_id, document_type, valid_to").fetchall()}  # fmt: skip
    for row in truth["qualification_states"]:
        end = have.get((row["product_id"], row["document_type"]))
        days = None if end is None else (end - NEXT).days
        state = "missing" if days is None else "expired" if days < 0 else "expiring" if days <= 30 else "valid"
        assert state == row["state"], row
    assert {"missing", "expired", "expiring", "valid"} == {r["state"] for r in truth["qualification_states"]}
    scripts = newest("plan.scripts", "script_id").project("script_id, content, verdict").fetchall()
    hits = {(s, w, v == "通过") for s, text, v in scripts for w in FORBIDDEN if w in text}
    within = {(r["script_id"], r["phrase"], r["passed"]) for r in truth["script_findings"]}
    # scripts of the day after the export are reviewed already, and lie outside the truth's days
    assert {hit for hit in hits if hit[0] < "SC20260913"} == within and len(within) > 5
    incidents = {i for (i,) in newest("plan.incidents", "incident_id").project("incident_id").fetchall()}
    assert incidents == {r["incident_id"] for r in truth["incidents"]}


def test_assignments_equal_the_truth(newest, truth):
    rows = newest("shop.experiment_assignments", "experiment_id", "variant_id", "identity_id", "assigned_at")
    first = rows.project(
        "experiment_id, variant_id, row_number() over (partition by experiment_id, identity_id order by assigned_at) as nth"
    ).fetchall()
    units = Counter((e, v) for e, v, nth in first if nth == 1)
    later = Counter(e for e, _, nth in first if nth > 1)
    # experiments that end with the world have their truth for all of it; the export reaches to its last day
    for row in truth["experiment_effects"]:
        assert units[row["experiment_id"], row["variant_id"]] == row["units"] - row["lost_units"], row
    crossed = Counter()
    for row in truth["experiment_effects"]:
        crossed[row["experiment_id"]] += row["crossovers"]
    assert later == +crossed and later
    assert {e for e, *_ in first} == {e for (e,) in newest("shop.experiments").project("experiment_id").fetchall()}


def test_the_timetable_holds_together(newest):
    plans = newest("plan.live_schedule", "plan_id", "host_id", "starts_at")
    known = set(plans.project("plan_id").fetchall())
    for dataset, key in (("plan.assortments", ("plan_id", "product_id")), ("plan.scripts", ("script_id",))):
        named = set(newest(dataset, *key).project("plan_id").fetchall())
        assert named and named <= known
    products = set(newest("shop.products", "sku_id").project("product_id").fetchall())
    assert set(newest("plan.assortments", "plan_id", "product_id").project("product_id").fetchall()) <= products
    rooms = set(plans.filter("live_session_id is not null").project("live_session_id").fetchall())
    acted = set(newest("plan.control_actions", "action_id").project("live_session_id").fetchall())
    late_evening = {(str(room),) for room in _rooms_of(date(2026, 8, 31))}
    assert acted and acted - late_evening <= rooms
    assert plans.filter("starts_at >= '2026-09-14' and live_session_id is not null").fetchall() == []
    assert plans.filter("starts_at >= '2026-09-14'").fetchall(), "the plan looks ahead"


def _rooms_of(day: date) -> list[int]:
    from simulator.live import sessions_of_days

    number = start_of(day) // 86_400
    return sessions_of_days(WORLD.seed, number, number).session_id.tolist()


def test_no_one_is_named_past_the_door(house):
    """Phones, nicknames and the staff's names are in the files, and in nothing that was made of them."""
    home, loads, inbox = house
    people = WORLD.people
    phones = {str(p) for p in people.phone(__import__("numpy").arange(people.size)).tolist()}
    told = defaultdict(set)
    for path, load in loads:
        text = path.read_text("utf-8")
        told[f"{load.source}.{load.dataset}"] |= phones & set(re.findall(r"(?<!\d)1[3-9]\d{9}(?!\d)", text))
    for dataset in (
        "shop.reviews",
        "crm.service_tickets",
        "plan.incidents",
        "crm.members",
        "crm.member_events",
        "wecom.group_members",
    ):
        assert told[dataset], f"{dataset} was to hold phones"
    secret = ("女士", "先生", "小朋友妈妈", *REVIEWERS, "un_", "1@#", "M1000")
    searched = 0
    for path in [
        *(home / "raw").rglob("*.parquet"),
        *(home / "quarantine").rglob("*"),
        *(home / "ledger").rglob("*.parquet"),
    ]:
        if path.suffix != ".parquet":
            continue
        text = "\n".join(str(row) for row in duckdb.sql(f"select * from read_parquet('{path}')").fetchall())
        searched += 1
        assert not phones & set(re.findall(r"(?<![0-9a-f])1[3-9]\d{9}(?![0-9a-f])", text)), path
        assert not [word for word in secret if word in text], path
    assert searched >= 2 * len(loads)
    assert inbox.exists()
