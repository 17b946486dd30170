"""What is planted in the goods: which products fail, which are oversold in words, which run small, and whose they are."""

from functools import lru_cache

import numpy as np

from simulator.frame import Frame
from simulator.rng import share, stream

BAD_SUPPLIERS = 3


@lru_cache(maxsize=16)
def _bad_suppliers(seed: int, suppliers: int) -> tuple[int, ...]:
    return tuple(sorted(stream(seed, "bad suppliers").choice(suppliers, BAD_SUPPLIERS, replace=False).tolist()))


def bad_suppliers(world) -> np.ndarray:
    """Whether each supplier (by number) is one of the few that deliver badly."""
    count = int(world.catalogue.products.supplier_i.max()) + 1
    bad = np.zeros(count, bool)
    bad[list(_bad_suppliers(world.seed, count))] = True
    return bad


def traits(world) -> Frame:
    """One row per product: defect (breaks), overpraised (unlike its description), odd_size (runs small): the planted truth.

    Half of the bad suppliers' products are defective, few others are.
    """
    products = world.catalogue.products
    number = np.arange(products.rows)
    worse = bad_suppliers(world)[products.supplier_i]
    return Frame(
        defect=share(number, world.seed, "defect") < np.where(worse, 0.5, 0.03),
        overpraised=share(number, world.seed, "overpraised") < 0.07,
        odd_size=(products.category_i == 0) & (share(number, world.seed, "odd size") < 0.2),
    )
