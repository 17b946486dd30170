"""Scenarios of attribution: every model's known answers, journeys drawn by lot, and a month whose Markov chain is a textbook's."""

from __future__ import annotations

import datetime as dt
import random

import dbt_rows as r

PAID = "2026-09-20 12:00:00"


def journey(raw: dict, name: str, steps: list[tuple[str | None, str]], paid_at: str | None = PAID, **more) -> None:
    """One person `name`-u with touches (utm_source, at) and, if paid, the order `name`-1."""
    for number, (source, at) in enumerate(steps):
        raw["web__touchpoints"].append(r.touch(f"{name}-t{number}", f"{name}-u", at, source))
    if paid_at:
        raw["douyin__orders_api"].append(r.api_line(f"{name}-1", f"{name}-u", paid_at, **more))


def models(raw: dict) -> None:
    """Ages of whole half-lives; one, two and three touches; a last direct; a channel that comes three times; odd names."""
    weekly = ["2026-09-05 12:00:00", "2026-09-12 12:00:00", "2026-09-19 12:00:00"]
    journey(raw, "dcy", list(zip(["m1", "m2", "m3"], weekly, strict=True)))
    journey(raw, "dtw", list(zip(["m1", "m2"], weekly[1:], strict=True)))
    journey(raw, "lnd", list(zip(["kol", None, None], weekly, strict=True)))
    journey(raw, "lnn", list(zip([None, None], weekly[1:], strict=True)))
    journey(raw, "shp", [(c, f"2026-09-1{i} 12:00:00") for i, c in enumerate(["sa", "sb", "sa", "sa"])], price="60.02")
    journey(raw, "arw", [("x%20%3E%20y", weekly[0]), ("x", weekly[1]), ("x", weekly[2])])
    raw["web__touchpoints"].append(
        r.touch("grn-t", "grn-u", "2026-09-19 09:41:00", "grn", audience_id="AU1", live_session_id="R9", creative_id="CR1", ad_id="A77")
    )  # fmt: skip
    raw["douyin__orders_api"].append(r.api_line("grn-1", "grn-u", PAID))


def drawn(raw: dict) -> None:
    """People with no, one or several orders and touches by lot: prices of odd cents, refunds, touches at one moment."""
    dice = random.Random(11)
    begin = dt.datetime(2026, 9, 1)

    def moment(day: float) -> str:
        return f"{begin + dt.timedelta(minutes=round(day * 1440)):%Y-%m-%d %H:%M:%S}"

    for person in range(40):
        who = f"drw-u{person}"
        for touch in range(dice.randrange(9)):
            source = dice.choice(["d1", "d2", "d3", None])
            raw["web__touchpoints"].append(
                r.touch(f"drw-t{person}-{touch}", who, moment(dice.choice([dice.uniform(0, 19), 3.5])), source)
            )
        for number in range(dice.randrange(4)):
            order, price = f"drw-{person}-{number}", f"{dice.randrange(1, 30000) / 100:.2f}"
            raw["douyin__orders_api"].append(r.api_line(order, who, moment(dice.uniform(2, 19)), price=price))
            if dice.random() < 0.3:
                raw["douyin__after_sales"].append(
                    {
                        "after_sale_id": f"AS-{order}", "order_id": order, "sub_order_id": f"{order}-1", "after_sale_type": "已发货退款",
                        "after_sale_status": "退款成功", "refund_goods_cny": f"{dice.randrange(1, 101) / 100:.2f}", "applied_at": "2026-09-22 09:00:00",
                    }
                )  # fmt: skip


def textbook_month(raw: dict) -> None:
    """June 2026: mk_a > mk_b three orders and one null journey, mk_a > mk_c one and one; an order without a touch; a far null journey."""
    ways = [("b", True)] * 3 + [("b", False), ("c", True), ("c", False)]
    for number, (second, bought) in enumerate(ways):
        steps = [
            ("mk_a", "2026-06-10 10:00:00"),
            (f"mk_{second}", "2026-06-11 10:00:00"),
            (f"mk_{second}", "2026-06-11 11:00:00"),
        ]
        journey(raw, f"mkv{number}", steps, "2026-06-12 10:00:00" if bought else None, price="33.35")
    raw["douyin__orders_api"].append(r.api_line("mkv-none", None, "2026-06-12 10:00:00", price="20.00"))


def add(raw: dict) -> None:
    """All of them."""
    for build in (models, drawn, textbook_month):
        build(raw)
