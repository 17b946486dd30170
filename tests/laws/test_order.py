"""The same files in another order, or in another time zone, give the same marts: nothing depends on when a file was loaded."""

from __future__ import annotations

import os
import random

import pytest

#: every draw costs a landing and a build; a wide search sets more
DRAWS = int(os.environ.get("FUPAN_LAW_DRAWS", "1"))


def differing(usual: dict[str, str], found: dict[str, str]) -> list[str]:
    """The marts that differ, by name."""
    return sorted(name for name in usual.keys() | found.keys() if usual.get(name) != found.get(name))


def test_the_usual_way_is_no_empty_one(usual, workshop):
    """There are all marts, and no two of them have the same hash."""
    assert len(usual) > 50
    assert len(set(usual.values())) == len(usual)


@pytest.mark.fault(26, 27)
@pytest.mark.parametrize("order", ["reversed", *(f"shuffle {n + 1}" for n in range(DRAWS))])
def test_order_of_loading(order, usual, workshop, company):
    """Reversed, and seeded shuffles over all datasets: every mart stays the same, row for row."""
    files = [*company.history, *company.daily]
    if order == "reversed":
        files.reverse()
    else:
        random.Random(order).shuffle(files)
    workshop.empty()
    workshop.land(files)
    assert differing(usual, workshop.build_hashes()) == []
