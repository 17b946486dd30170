"""Suppliers (供应商) and the cases against them."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from simulator import names
from simulator.company import supply
from simulator.csvfile import write_csv
from simulator.exports.context import Export
from simulator.exports.spans import numbers_of_days
from simulator.frame import Frame, stack
from simulator.status import seen
from simulator.text import join, numbers, pick, stamps

LOOK_BACK_DAYS = 30
TOWNS = ("义乌", "海宁", "汕头", "东莞", "佛山", "广州", "宁波", "青岛", "临沂", "武汉")
TRADES = ("织造", "日化", "食品", "家居", "母婴", "电子")


def supplier_ids(numbers_: np.ndarray) -> list[str]:
    """supplier_id of each supplier number, as shop.products writes it."""
    return [f"S{number + 1:03d}" for number in np.asarray(numbers_).tolist()]


def write(export: Export) -> Iterator[Path]:
    """suppliers whole each time; the cases of the span, or of the last thirty days, as they stand at the export."""
    found = supply.suppliers(export.world)
    count = np.arange(found.rows)
    ids = supplier_ids(count)
    yield write_csv(
        export.path("supply", "suppliers", "suppliers"),
        {
            "supplier_id": pick(count, ids),
            "supplier_name": pick(count, _names(found)),
            "category": pick(found.category_i, [row[0] for row in names.CATEGORIES]),
            "lead_time_days": numbers(found.lead_days),
            "contract_tier": pick(found.tier, supply.TIERS),
            "monthly_capacity": numbers(found.capacity),
        },
    )
    cases = stack([supply.cases_of_day(export.world, number) for number in numbers_of_days(export, LOOK_BACK_DAYS)])
    yield write_csv(
        export.path("supply", "supplier_cases", "supplier_cases"),
        {
            "case_id": join("CS", numbers(cases.case_id)),
            "supplier_id": pick(cases.supplier, ids),
            "opened_at": stamps(cases.opened_at),
            "kind": pick(cases.kind, supply.CASE_KINDS),
            "responded_at": stamps(seen(cases.responded_at, export.at)),
            "closed_at": stamps(seen(cases.closed_at, export.at)),
        },
    )


def _names(found: Frame) -> list[str]:
    """A company's name for each supplier."""
    return [
        f"{TOWNS[number % len(TOWNS)]}{names.SURNAMES[number % len(names.SURNAMES)]}氏{TRADES[category % len(TRADES)]}有限公司"
        for number, category in enumerate(found.category_i.tolist())
    ]
