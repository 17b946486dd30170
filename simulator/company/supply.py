"""Suppliers (供应商), the papers of their goods (资质), and the cases against them."""

from datetime import date, timedelta

import numpy as np

from simulator import names
from simulator.company.goods import bad_suppliers
from simulator.days import DAY, HOUR, start_of
from simulator.frame import NONE, Frame
from simulator.rng import part, share, stream

TIERS = ("战略", "年框", "常规", "试用")
CASE_KINDS = ("defect", "delay", "shortage", "complaint")
DOCUMENTS = ("inspection", "brand_authorisation", "safety_filing")
INSPECTION, AUTHORISATION, FILING = range(3)
NEEDS = {
    "女装": (INSPECTION,),
    "美妆护肤": (INSPECTION, AUTHORISATION, FILING),
    "休闲零食": (INSPECTION, FILING),
    "家居日用": (INSPECTION,),
    "母婴用品": (INSPECTION, AUTHORISATION, FILING),
    "数码配件": (INSPECTION, AUTHORISATION),
}
ISSUERS = ("中纺标检验认证", "SGS通标标准", "国家药监局备案中心", "品牌方授权书")
STATES = ("valid", "missing", "expired", "expiring")
VALID, MISSING, EXPIRED, EXPIRING = range(4)


def suppliers(world) -> Frame:
    """One row per supplier, by number: category_i (most of its products), lead_days, tier (TIERS), capacity (pieces a month), bad."""
    products = world.catalogue.products
    bad = bad_suppliers(world)
    number = np.arange(len(bad))
    counts = np.zeros((len(bad), len(names.CATEGORIES)), np.int64)
    np.add.at(counts, (products.supplier_i, products.category_i), 1)
    lead = 4 + part(number, world.seed, "lead days", 14) + np.where(bad, 6, 0)
    monthly = np.bincount(products.supplier_i[world.catalogue.skus.product_i], world.catalogue.skus.weight, len(bad))
    room = 0.9 + share(number, world.seed, "capacity")
    return Frame(
        category_i=counts.argmax(1),
        lead_days=lead,
        tier=np.where(bad, 3, part(number, world.seed, "tier", 3)),
        capacity=np.maximum(100, (monthly * world.orders_per_day * 30 * 1.4 * room).astype(np.int64) // 100 * 100),
        bad=bad,
    )


def cases_of_day(world, number: int) -> Frame:
    """The cases opened on the world's day `number`: case_id, supplier, kind, opened_at, responded_at, closed_at (NONE = never)."""
    bad = bad_suppliers(world)
    day_start = start_of(world.first_day) + number * DAY
    draw = stream(world.seed, "supplier cases", day_start // DAY)
    supplier = np.repeat(np.arange(len(bad)), draw.poisson(np.where(bad, 0.25, 0.03)))
    count = len(supplier)
    kind = np.where(draw.random(count) < 0.5, np.where(bad[supplier], 0, 1), draw.integers(0, len(CASE_KINDS), count))
    opened = day_start + 9 * HOUR + draw.integers(0, 9 * HOUR, count)
    responded = opened + (draw.lognormal(np.log(4), 0.8, count) * HOUR * np.where(bad[supplier], 5, 1)).astype(np.int64)
    never = draw.random(count) < np.where(bad[supplier], 0.12, 0.01)
    return Frame(
        case_id=(day_start // DAY) * 1000 + np.arange(count),
        supplier=supplier,
        kind=kind,
        opened_at=opened,
        responded_at=np.where(never, NONE, responded),
        closed_at=np.where(never, NONE, responded + draw.integers(DAY, 12 * DAY, count)),
    )


def needed_papers(world) -> Frame:
    """Every paper that a product needs, by product: product_i, document (DOCUMENTS), state (STATES, as planted for the world's first day)."""
    needs = [NEEDS[row[0]] for row in names.CATEGORIES]
    category = world.catalogue.products.category_i
    product = np.repeat(np.arange(len(category)), [len(needs[c]) for c in category.tolist()])
    document = np.array([d for c in category.tolist() for d in needs[c]])
    luck = share(product * 10 + document, world.seed, "papers")
    state = np.select([luck < 0.04, luck < 0.08, luck < 0.13], [MISSING, EXPIRED, EXPIRING], VALID)
    return Frame(product_i=product, document=document, state=state)


def papers(world) -> tuple[Frame, list[date], list[date]]:
    """The papers that exist, with the first and the last day of each: product_i, document, state, number.

    Expired ones ended up to 60 days before the world; expiring ones end within its days or the fortnight after.
    """
    found = needed_papers(world)
    found = found.take(found.state != MISSING)
    key = found.product_i * 10 + found.document

    def spread(salt: str, size: int) -> np.ndarray:
        return part(key, world.seed, "papers " + salt, size)

    end = np.select(
        [found.state == EXPIRED, found.state == EXPIRING],
        [-1 - spread("expired", 60), spread("expiring", world.days + 14)],
        world.days + 60 + spread("valid", 700),
    )
    found["number"] = 10_000_000 + spread("number", 89_999_999)
    last = [world.first_day + timedelta(days=int(days)) for days in end]
    begun = world.first_day - timedelta(days=30)
    length = (365 * (1 + spread("years", 3))).tolist()
    first = [min(day - timedelta(days=days), begun) for day, days in zip(last, length, strict=True)]
    return found, first, last


def paper_state(world, until: date) -> list[tuple[int, int, str]]:
    """(product_i, document, state) of every needed paper on `until`: valid, missing, expired, or expiring within 30 days."""
    found, _, last = papers(world)
    ends = dict(zip(zip(found.product_i.tolist(), found.document.tolist(), strict=True), last, strict=True))
    needed = needed_papers(world)
    told = []
    for product, document in zip(needed.product_i.tolist(), needed.document.tolist(), strict=True):
        end = ends.get((product, document))
        state = (
            MISSING
            if end is None
            else EXPIRED
            if end < until
            else EXPIRING
            if end <= until + timedelta(days=30)
            else VALID
        )
        told.append((product, document, STATES[state]))
    return told
