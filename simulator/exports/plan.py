"""The company's plans: targets, promotions, the timetable of its rooms, goods, scripts, desk actions, incidents, benchmarks."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa

from simulator.catalogue import ROLES
from simulator.company import desk, incidents, plans
from simulator.company.script_words import REVIEWERS, VERDICTS, script_texts
from simulator.csvfile import write_csv
from simulator.exports.context import Export
from simulator.exports.spans import bounds, days_since_1970, first_day, within
from simulator.frame import NONE, Frame, stack
from simulator.live import ACCOUNTS, HOSTS
from simulator.status import seen
from simulator.text import TEXT, join, numbers, pick, stamps, where

LOOK_BACK_DAYS = 7
AHEAD_DAYS = 3
"""The timetable looks so far ahead of the export."""


def write(export: Export) -> Iterator[Path]:
    """targets, shares, promotions and benchmarks whole each time; the rest of the span, or of the last seven days."""
    yield from _year(export)
    held = desk.planned(export.world, first_day(export, LOOK_BACK_DAYS), export.until + timedelta(days=AHEAD_DAYS))
    yield _schedule(export, held)
    yield _assortments(export, held)
    yield _scripts(export, held)
    yield _actions(export)
    yield _incidents(export)


def _table(export: Export, dataset: str, header: tuple[str, ...], rows: list[tuple]) -> Path:
    columns = zip(*[[str(cell) for cell in row] for row in rows], strict=True)
    return write_csv(
        export.path("plan", dataset, dataset),
        {name: pa.array(list(column), TEXT) for name, column in zip(header, columns, strict=True)},
    )


def _year(export: Export) -> Iterator[Path]:
    """The small tables that say what the year should bring."""
    world = export.world
    header = ("year", "quarter", "category", "target_cny", "baseline_rate")
    rows = [(t.year, t.quarter or "", t.category, f"{t.fen / 100:.2f}", plans.BASELINE) for t in plans.targets(world)]
    yield _table(export, "gmv_targets", header, rows)
    shares = [(year, tier, f"{hundredths / 100:.2f}") for year, tier, hundredths in plans.category_shares(world)]
    yield _table(export, "category_shares", ("year", "category_tier", "planned_share"), shares)
    header = ("promotion_id", "name", "starts_on", "ends_on", "uplift")
    rows = [(p.promotion_id, p.name, p.starts_on, p.ends_on, f"{p.uplift / 100:.2f}") for p in plans.promotions(world)]
    yield _table(export, "promotions", header, rows)
    header = ("month", "category", "metric", "value", "source")
    yield _table(export, "benchmarks", header, plans.benchmarks(world, export.until))


def plan_ids(held: Frame) -> pa.Array:
    """plan_id of each session: P, the date and the slot."""
    return join("P", numbers(desk.plan_key(held)))


def _schedule(export: Export, held: Frame) -> Path:
    shift = desk.shifts(held, export.world.seed)
    session = held.take(shift.held_i)
    return write_csv(
        export.path("plan", "live_schedule", "live_schedule"),
        {
            "plan_id": plan_ids(held).take(pa.array(shift.held_i)),
            "account_id": pick(session.account_i, [account.account_id for account in ACCOUNTS]),
            "starts_at": stamps(shift.starts_at),
            "ends_at": stamps(shift.ends_at),
            "host_id": pick(shift.host_i, [host[0] for host in HOSTS]),
            "host_name": pick(shift.host_i, [host[1] for host in HOSTS]),
            "role": where(shift.co_host, "co_host", "host"),
            # the room's id is known once the session has begun
            "live_session_id": where(session.starts_at <= export.at, numbers(session.session_id), ""),
        },
    )


def _assortments(export: Export, held: Frame) -> Path:
    goods = desk.assortments(export.world, held)
    return write_csv(
        export.path("plan", "assortments", "assortments"),
        {
            "plan_id": plan_ids(held).take(pa.array(goods.held_i)),
            "product_id": numbers(export.world.catalogue.products.product_id[goods.product_i]),
            "position": numbers(goods.position),
            "role": pick(goods.role_i, ROLES),
        },
    )


def _scripts(export: Export, held: Frame) -> Path:
    script = desk.scripts(export.world, held)
    script = script.take(script.reviewed_at <= export.at)
    return write_csv(
        export.path("plan", "scripts", "scripts"),
        {
            "script_id": join("SC", numbers(script.script_key)),
            "plan_id": plan_ids(held).take(pa.array(script.held_i)),
            "reviewed_at": stamps(script.reviewed_at),
            "content": script_texts(script),
            "reviewer": pick(script.reviewer, REVIEWERS),
            "verdict": pick(script.passed.astype(int), VERDICTS),
        },
    )


def _actions(export: Export) -> Path:
    days = days_since_1970(export, LOOK_BACK_DAYS)
    # a session that began the evening before reaches into the first day
    done = stack([desk.actions_of_day(export.world.seed, day) for day in range(days.start - 1, days.stop)])
    done = done.take(within(done.requested_at, bounds(export, LOOK_BACK_DAYS)))
    return write_csv(
        export.path("plan", "control_actions", "control_actions"),
        {
            "action_id": join("CA", numbers(done.action_id)),
            "live_session_id": numbers(done.session_id),
            "requested_at": stamps(done.requested_at),
            "action": pick(done.action, desk.ACTIONS),
            "completed_at": stamps(seen(done.completed_at, export.at)),
            "operator_role": pick(done.role, desk.ROLES_AT_DESK),
        },
    )


def _incidents(export: Export) -> Path:
    world, at = export.world, export.at
    products = world.catalogue.products
    days = days_since_1970(export, LOOK_BACK_DAYS)
    met = stack([incidents.incidents_of_day(world.seed, day, products.rows) for day in days])
    words = met.incident_id % 3
    note = pick(met.kind * 3 + words, [note for notes in incidents.NOTES for note in notes])
    if export.has("phones_in_incidents"):
        phone = numbers(world.people.phone(met.incident_id % world.people.size))
        note = where(met.incident_id % 2 == 0, join(note, "，对接人电话", phone), note)
    return write_csv(
        export.path("plan", "incidents", "incidents"),
        {
            "incident_id": join("IN", numbers(met.incident_id)),
            "kind": pick(met.kind, incidents.KINDS),
            "level": numbers(met.level),
            "started_at": stamps(met.started_at),
            "detected_at": stamps(seen(met.detected_at, at)),
            "responded_at": stamps(seen(met.responded_at, at)),
            "recovered_at": stamps(seen(met.recovered_at, at)),
            "live_session_id": where(met.session_id == NONE, "", numbers(met.session_id)),
            "product_id": where(met.product_i == NONE, "", numbers(products.product_id[np.maximum(met.product_i, 0)])),
            "note": note,
        },
    )
