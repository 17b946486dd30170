"""The planted truth of what the company keeps: causes of bad reviews, true lifts, rings, papers, forbidden words, groups."""

from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from simulator.company import desk, experiments, goods, groups, incidents, members, referrals, supply
from simulator.company.reviews import CAUSES, LATEST_DAYS, TEAMS, make_reviews
from simulator.company.script_words import forbidden_word
from simulator.company.tickets import LATEST_DAYS as TICKET_DAYS
from simulator.company.tickets import SLOW, TOPICS, make_tickets
from simulator.days import DAY, export_moment, start_of
from simulator.frame import NONE, stack
from simulator.orders import PAID_RATE
from simulator.text import join, numbers, pick


def write_company(world, folder: Path, since: date, until: date) -> list[Path]:
    """Writes the truth of since..until as known at 02:00 on the day after `until`, one Parquet file a table (see `tables`)."""
    written = []
    for name, table in tables(world, since, until).items():
        path = Path(folder) / f"{name}.parquet"
        pq.write_table(table, path)
        written.append(path)
    return written


def tables(world, since: date, until: date) -> dict[str, pa.Table]:
    """review_causes (one row per review; cause and owning team null for a good one), product_traits, experiment_effects,
    referral_loops, qualification_states (on `until`), script_findings, tickets (answered_within_1h as known), member_points,
    incidents, group_days (customers in groups at the end of each day)."""
    return {
        "review_causes": reviews_table(world, since, until),
        "product_traits": traits_table(world),
        "experiment_effects": experiments_table(world, until),
        "referral_loops": loops_table(world, since, until),
        "qualification_states": papers_table(world, until),
        "script_findings": scripts_table(world, since, until),
        "tickets": tickets_table(world, since, until),
        "member_points": points_table(world, until),
        "incidents": incidents_table(world, since, until),
        "group_days": groups_table(world, since, until),
    }


def _times(seconds: np.ndarray) -> pa.Array:
    return pa.array(np.asarray(seconds).astype("datetime64[s]"), mask=np.asarray(seconds) == NONE)


def _words(codes: np.ndarray, words: tuple[str, ...]) -> pa.Array:
    """The word of each code, null for NONE."""
    return pa.array([*words, None]).take(pa.array(np.where(codes == NONE, len(words), codes)))


def _consequences(world, since: date, until: date, longest: int, make, when: str) -> list[tuple]:
    """(cohort, rows of `make` that fall on since..until), piece by piece."""
    low, high = start_of(since), start_of(until) + DAY
    found = []
    whole = world.cohort(world.number(since))
    # a span without orders has the columns all the same
    nothing = whole.only(np.zeros(whole.orders.rows, bool))
    for cohort in [nothing, *world.pieces(max(world.first_day, since - timedelta(days=longest)), until)]:
        rows = make(world, cohort)
        found.append((cohort, rows.take((rows[when] >= low) & (rows[when] < high))))
    return found


def reviews_table(world, since: date, until: date) -> pa.Table:
    """review_id, product_id, order_id, reviewed_at, rating, cause, team of every review of since..until."""
    products = world.catalogue.products.product_id
    parts = [
        pa.table(
            {
                "review_id": numbers(said.review_id),
                "product_id": numbers(products[said.product_i]),
                "order_id": numbers(cohort.orders.order_id[said.order_i]),
                "reviewed_at": _times(said.reviewed_at),
                "rating": said.rating,
                "cause": _words(said.cause, CAUSES),
                "team": _words(said.cause, TEAMS),
            }
        )
        for cohort, said in _consequences(world, since, until, LATEST_DAYS, make_reviews, "reviewed_at")
    ]
    return pa.concat_tables(parts)


def tickets_table(world, since: date, until: date) -> pa.Table:
    """ticket_id, order_id (also where the ticket does not name it), topic, opened_at, first_reply_at, answered_within_1h."""
    at = export_moment(until)
    parts = []
    for cohort, asked in _consequences(world, since, until, TICKET_DAYS, make_tickets, "opened_at"):
        reply = np.where((asked.first_reply_at != NONE) & (asked.first_reply_at <= at), asked.first_reply_at, NONE)
        parts.append(
            pa.table(
                {
                    "ticket_id": join("TK", numbers(asked.ticket_id)),
                    "order_id": numbers(cohort.orders.order_id[asked.order_i]),
                    "topic": pick(asked.topic, TOPICS),
                    "opened_at": _times(asked.opened_at),
                    "first_reply_at": _times(reply),
                    "answered_within_1h": (reply != NONE) & (reply - asked.opened_at <= SLOW),
                }
            )
        )
    return pa.concat_tables(parts)


def traits_table(world) -> pa.Table:
    """product_id, supplier_id, is_defective, is_overpraised, is_odd_size, supplier_is_bad."""
    products, planted = world.catalogue.products, goods.traits(world)
    return pa.table(
        {
            "product_id": numbers(products.product_id),
            "supplier_id": [f"S{number + 1:03d}" for number in products.supplier_i.tolist()],
            "is_defective": planted.defect,
            "is_overpraised": planted.overpraised,
            "is_odd_size": planted.odd_size,
            "supplier_is_bad": goods.bad_suppliers(world)[products.supplier_i],
        }
    )


def experiments_table(world, until: date) -> pa.Table:
    """One row per experiment and variant that has begun: units logged and lost, crossovers, and the true lift against A.

    planted_lift is what the arm's channel adds to the chance to place an order; conversion_lift and orders_lift are
    counted over the units with everyone's own luck, placed orders (4.5 % of them are never paid).
    """
    rows = []
    for number, experiment in enumerate(experiments.EXPERIMENTS):
        if experiments.window(world, experiment)[0] > export_moment(until):
            continue
        unit = experiments.units(world, number)
        for arm in range(len(experiment.arms) + 1):
            mine = unit.take(unit.arm == arm)
            lift = (
                experiments.true_lift(world, number, arm)
                if arm
                else dict.fromkeys(("planted", "conversion", "orders"), 0.0)
            )
            rows.append(
                {
                    "experiment_id": experiments.experiment_id(world, number),
                    "variant_id": experiments.variant_id(arm),
                    "channel": experiment.arms[arm - 1] if arm else None,
                    "paid_rate": PAID_RATE,
                    "units": mine.rows,
                    "lost_units": int((~mine.logged).sum()),
                    "crossovers": int((mine.logged & mine.crossed).sum()),
                    "sample_ratio_is_broken": experiment.loses,
                    **{f"{name}_lift": value for name, value in lift.items()},
                }
            )
    return pa.Table.from_pylist(rows)


def loops_table(world, since: date, until: date) -> pa.Table:
    """referral_id and loop (the day of its ring) of every invitation that belongs to a planted ring."""
    days = range(world.number(since), world.number(until) + 1)
    rings = stack([found.take(found.ring) for found in (referrals.referrals_of_day(world, n) for n in days)])
    # a day has at most one ring
    return pa.table({"referral_id": join("RF", numbers(rings.referral_id)), "loop": rings.invited_at // DAY})


def papers_table(world, until: date) -> pa.Table:
    """product_id, document_type, state (valid, missing, expired, expiring within 30 days) of every paper needed on `until`."""
    product, document, state = zip(*supply.paper_state(world, until), strict=True)
    return pa.table(
        {
            "product_id": numbers(world.catalogue.products.product_id[list(product)]),
            "document_type": [supply.DOCUMENTS[d] for d in document],
            "state": list(state),
        }
    )


def scripts_table(world, since: date, until: date) -> pa.Table:
    """script_id, phrase, passed (slipped through the review) of every script of since..until with a forbidden word."""
    script = desk.scripts(world, desk.planned(world, since, until))
    script = script.take(script.forbidden != NONE)
    return pa.table(
        {
            "script_id": join("SC", numbers(script.script_key)),
            "phrase": forbidden_word(script),
            "passed": script.passed,
        }
    )


def points_table(world, until: date) -> pa.Table:
    """person and points of every member at the export."""
    at = export_moment(until)
    everyone = members.members(world)
    known = everyone.joined_at <= at
    return pa.table({"person": everyone.person[known], "points": members.balances(world, at)[known]})


def incidents_table(world, since: date, until: date) -> pa.Table:
    """incident_id, kind, started_at of every incident of since..until."""
    first = start_of(since) // DAY
    days = range(first, start_of(until) // DAY + 1)
    met = stack([incidents.incidents_of_day(world.seed, day, world.catalogue.products.rows) for day in days])
    return pa.table(
        {
            "incident_id": join("IN", numbers(met.incident_id)),
            "kind": pick(met.kind, incidents.KINDS),
            "started_at": _times(met.started_at),
        }
    )


def groups_table(world, since: date, until: date) -> pa.Table:
    """date, joins, leaves and members (customers in all groups at the end of the day)."""
    stays = groups.memberships(world)
    days = [since + timedelta(days=i) for i in range((until - since).days + 1)]
    rows = []
    for day in days:
        low, high = start_of(day), start_of(day) + DAY
        rows.append(
            {
                "date": day,
                "joins": int(((stays.joined_at >= low) & (stays.joined_at < high)).sum()),
                "leaves": int(((stays.left_at >= low) & (stays.left_at < high)).sum()),
                "members": int(groups.present(stays, high - 1).sum()),
            }
        )
    return pa.Table.from_pylist(rows)
