"""Scenarios of experiments: one for each verdict, and the units that must not count."""

from __future__ import annotations

import dbt_rows as r

START, END = "2026-09-01 00:00:00", "2026-09-15 00:00:00"


def experiment(raw: dict, number: str, variants: tuple[str, ...] = ("A", "B"), **more) -> None:
    """Adds an experiment whose first variant is the control, with equal shares."""
    raw["shop__experiments"] += [
        {
            "experiment_id": number, "name": number, "subject": "script", "variant_id": variant, "is_control": i == 0,
            "planned_share": f"{1 / len(variants):.6f}", "started_at": START, "ended_at": END, "primary_metric": "conversion_rate",
        }
        | more
        for i, variant in enumerate(variants)
    ]  # fmt: skip


def assign(raw: dict, number: str, variant: str, who: str, at: str = "2026-09-02 08:00:00", **more) -> None:
    """Adds an assignment of the open_id `who`."""
    raw["shop__experiment_assignments"].append(
        {"experiment_id": number, "variant_id": variant, "identity_type": "open_id", "identity_id": who, "assigned_at": at} | more
    )  # fmt: skip


def arms(raw: dict, number: str, **buyers: tuple[int, int]) -> None:
    """For each variant (units, buyers of one order of 100 yuan each)."""
    for variant, (units, bought) in buyers.items():
        for i in range(units):
            who = f"{number}-{variant}{i}"
            assign(raw, number, variant, who)
            if i < bought:
                raw["douyin__orders_api"].append(r.api_line(who, who, "2026-09-03 09:00:00"))


def verdicts(raw: dict) -> None:
    """keep, drop, wait (not significant, running, planned end, few), invalid (sample ratio, empty arm, two controls)."""
    experiment(raw, "exp-keep")
    arms(raw, "exp-keep", A=(40, 4), B=(40, 16))
    experiment(raw, "exp-drop", ("A", "B", "C"))
    arms(raw, "exp-drop", A=(40, 20), B=(40, 2), C=(40, 19))
    experiment(raw, "exp-same")
    arms(raw, "exp-same", A=(40, 10), B=(40, 12))
    experiment(raw, "exp-runs", ended_at=None)
    arms(raw, "exp-runs", A=(40, 4), B=(40, 16))
    experiment(raw, "exp-plan", ended_at="2026-12-01 00:00:00")  # exported on 2026-10-01
    arms(raw, "exp-plan", A=(40, 4), B=(40, 16))
    experiment(raw, "exp-few")
    arms(raw, "exp-few", A=(10, 0), B=(10, 10))
    experiment(raw, "exp-srm")
    arms(raw, "exp-srm", A=(60, 6), B=(30, 20))
    experiment(raw, "exp-empty")
    arms(raw, "exp-empty", A=(40, 4))
    experiment(raw, "exp-twice", is_control=True)
    arms(raw, "exp-twice", A=(40, 4), B=(40, 16))


def units(raw: dict) -> None:
    """Who counts, and what of theirs: first assignment, several identities, crossovers, moments of start and end."""
    number = "exp-units"
    experiment(raw, number)
    for who in ("u-zero", "u-again", "u-late", "u-edge", "u-linked"):
        assign(raw, number, "B", who)
    assign(raw, number, "B", "u-again", "2026-09-05 08:00:00")  # seen again: the first one counts
    assign(raw, number, "A", "u-control")
    # crossovers: under one identity, and under two of one customer
    assign(raw, number, "A", "u-cross")
    assign(raw, number, "B", "u-cross", "2026-09-04 08:00:00")
    assign(raw, number, "A", "u-two-a")
    assign(raw, number, "B", "u-two-b")
    # outside: before the start, after the end, a variant that nobody planned
    assign(raw, number, "B", "u-before", "2026-08-31 23:59:59")
    assign(raw, number, "B", "u-after", "2026-09-15 00:00:01")
    assign(raw, number, "Z", "u-lost")
    raw["crm__identity_links"] += [
        r.link(("open_id", "u-two-a"), ("open_id", "u-two-b")),
        r.link(("open_id", "u-linked"), ("unionid", "u-linked-union")),
    ]
    raw["douyin__orders_api"] += [
        r.api_line("u-again-1", "u-again", "2026-09-03 09:00:00"),  # after the first, before the second assignment
        r.api_line("u-late-1", "u-late", "2026-09-15 00:00:01"),  # a second after the end
        r.api_line("u-late-0", "u-late", "2026-09-02 07:59:59", price="30.00"),  # a second before the assignment: spend before
        r.api_line("u-late-00", "u-late", "2026-08-03 07:59:59", price="500.00"),  # a second beyond the 30 days before
        r.api_line("u-edge-1", "u-edge", "2026-09-02 08:00:00"),  # at the very moment of the assignment
        r.api_line("u-edge-2", "u-edge", "2026-09-15 00:00:00", price="20.00"),  # at the very end
        r.api_line("u-control-1", "u-control", None),  # never paid
        r.api_line("u-cross-1", "u-cross", "2026-09-05 09:00:00"),
    ]  # fmt: skip
    raw["douyin__after_sales"].append(
        {
            "after_sale_id": "u-AS", "order_id": "u-edge-1", "sub_order_id": "u-edge-1-1", "after_sale_type": "仅退款", "after_sale_status": "退款成功",
            "refund_goods_cny": "40.00", "applied_at": "2026-09-20 09:00:00", "finished_at": "2026-09-21 09:00:00",
        }
    )  # fmt: skip
    raw["web__touchpoints"] += [
        r.touch("u-click", "u-zero", "2026-09-02 09:00:00", "u"),
        r.touch("u-seen-1", "u-zero", "2026-09-02 09:00:01", "u", event_type="impression"),
        r.touch("u-seen-2", "u-zero", "2026-09-02 09:00:02", "u", event_type="impression"),
        r.touch("u-seen-3", "u-zero", "2026-09-02 07:00:00", "u", event_type="impression"),  # before the assignment
        # of the other identity of this customer
        r.touch("u-other", "-", "2026-09-02 09:00:00", "u", identity_type="unionid", identity_id="u-linked-union"),
    ]  # fmt: skip


def add(raw: dict) -> None:
    """Adds every scenario of this module to raw."""
    for build in (verdicts, units):
        build(raw)
