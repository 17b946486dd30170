"""Reviews (评价) of delivered goods, with the true cause behind each bad one: every cause comes from a fact of the order."""

import numpy as np

from simulator.aftersales import PRE_SHIP
from simulator.company.goods import traits
from simulator.company.tickets import late_orders, make_tickets, slow
from simulator.days import HOUR
from simulator.frame import NONE, Frame
from simulator.rng import mix, part, share

CAUSES = ("quality", "size", "description", "logistics", "packaging", "service", "price", "other")
QUALITY, SIZE, DESCRIPTION, LOGISTICS, PACKAGING, SERVICE, PRICE, OTHER = range(8)
TEAMS = ("goods", "goods", "description", "logistics", "logistics", "service", "goods", "service")
"""Which team owns each cause."""
LATEST_DAYS = 22
"""No order is reviewed later than this after it was placed."""
_REASON_CAUSE = {1: DESCRIPTION, 2: QUALITY, 3: SIZE}  # positions in names.REASONS


def make_reviews(world, cohort) -> Frame:
    """The reviews that a cohort's lines will ever get, in the order of the lines.

    Columns: line_i, order_i, product_i, review_id, reviewed_at, rating (1-5), cause (CAUSES, NONE for a good review),
    words (a stable number that chooses the text), variety (0..1).
    """
    lines, orders = cohort.lines, cohort.orders
    line_i = np.flatnonzero(lines.shipped_at != NONE)
    order_i, key = lines.order_i[line_i], lines.sub_order_id[line_i]
    cause = _causes(world, cohort, line_i)

    def drawn(salt: str) -> np.ndarray:
        return share(key, world.seed, "review " + salt)

    bad = cause != NONE
    rating = np.where(bad, np.where(drawn("stars") < 0.6, 1, 2), 5 - np.searchsorted([0.78, 0.95], drawn("stars")))
    frame = Frame(
        line_i=line_i,
        order_i=order_i,
        product_i=world.catalogue.skus.product_i[lines.sku[line_i]],
        review_id=mix(key, world.seed, "review id") >> np.uint64(2),
        reviewed_at=orders.signed_at[order_i] + ((3 + 160 * drawn("when")) * HOUR).astype(np.int64),
        rating=rating,
        cause=cause,
        words=part(key, world.seed, "review words", 1 << 30),
        variety=drawn("variety"),
    )
    return frame.take(drawn("writes") < np.where(bad, 0.6, 0.25))


def _causes(world, cohort, line_i: np.ndarray) -> np.ndarray:
    """What went wrong with each line so that its buyer is cross, NONE where nothing did; the first cause found counts."""
    lines, seed = cohort.lines, world.seed
    order_i, key = lines.order_i[line_i], lines.sub_order_id[line_i]
    product = world.catalogue.skus.product_i[lines.sku[line_i]]
    planted = traits(world).take(product)
    asked = np.full(lines.rows, NONE)  # what the buyer gave as the reason of a return
    cases = cohort.after_sales.take(cohort.after_sales.kind != PRE_SHIP)
    asked[cases.line_i] = cases.reason
    reason = asked[line_i]
    tickets = make_tickets(world, cohort)
    ignored = np.zeros(cohort.orders.rows, bool)
    ignored[tickets.order_i[slow(tickets)]] = True
    dearer = (world.catalogue.skus.competitor_fen >= 0) & (
        world.catalogue.skus.competitor_fen < world.catalogue.skus.list_fen
    )
    chances = {
        LOGISTICS: np.where(late_orders(cohort)[order_i], 0.5, 0.0),
        QUALITY: np.where(planted.defect, 0.35, 0.002),
        SIZE: np.where(planted.odd_size, 0.18, 0.0),
        DESCRIPTION: np.where(planted.overpraised, 0.14, 0.001),
        SERVICE: np.where(ignored[order_i], 0.4, 0.0),
        PRICE: np.where(dearer[lines.sku[line_i]], 0.01, 0.0),
        PACKAGING: np.full(len(line_i), 0.005),
        OTHER: np.full(len(line_i), 0.003),
    }
    for number, stated in _REASON_CAUSE.items():
        chances[stated] = np.where(reason == number, 0.8, chances[stated])
    cause = np.full(len(line_i), NONE)
    for number, chance in chances.items():
        hit = (cause == NONE) & (share(key, seed, f"cause {CAUSES[number]}") < chance)
        cause[hit] = number
    return cause
