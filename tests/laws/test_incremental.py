"""N drawn, shuffled, split, doubled and corrected loads, run by run, give every table of one rebuild, row for row."""

from __future__ import annotations

import os

import laws_histories
import pytest

from tests.plans import joins_of_all_pairs
from warehouse.layout import build_file

#: `make chaos` draws 200; a failure prints its seed, which FUPAN_HISTORY_SEEDS="17" runs alone
SEEDS = [int(s) for s in os.environ.get("FUPAN_HISTORY_SEEDS", "").split(",") if s] or range(
    int(os.environ.get("FUPAN_HISTORIES", "3"))
)


@pytest.fixture(scope="module", autouse=True)
def spared():
    """Small as they are: the build before the last is brought up, and proven."""
    from warehouse import layout

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(layout, "WORTH_SPARING", 0)
        yield


@pytest.fixture(scope="module")
def begun(workshop, tmp_path_factory):
    """The home after the first run of a beginning, which is made once: call it with a seed."""
    kept: dict[int, laws_histories.Beginning] = {}

    def at(seed: int) -> laws_histories.Beginning:
        number = seed // laws_histories.SHARED
        if number not in kept:
            kept.clear()
            kept[number] = laws_histories.begin(number, tmp_path_factory.mktemp("beginning"))
            workshop.empty()
            assert any(x.status == "loaded" for x in workshop.land_together(kept[number].first()))
            assert workshop.continue_build() is not None, "there was no build to continue"
            workshop.keep("begun")
        workshop.put_back("begun")
        return kept[number]

    return at


@pytest.mark.parametrize("seed", SEEDS)
def test_a_history_continued_equals_its_rebuild(seed, workshop, begun, tmp_path):
    """Whole: every table of staging, intermediate and marts, after the last run."""
    history = laws_histories.draw(seed, begun(seed), tmp_path)
    for run, day in enumerate(history.days[1:], 1):
        workshop.land_together(history.of(run))
        assert workshop.continue_build(day) is None, "a run was rebuilt, so it proves nothing"
    assert workshop.differences_to_rebuild(history.days[-1]) == {}, f"seed {seed}: {'; '.join(history.told)}"


def test_no_join_of_a_continued_build_looks_at_every_pair(workshop, begun, tmp_path):
    """A day on top of a year must not cost a year times a day."""
    history = laws_histories.draw(SEEDS[0], begun(SEEDS[0]), tmp_path)
    workshop.land_together(history.of(1))
    assert workshop.continue_build(history.days[1]) is None
    assert joins_of_all_pairs(build_file(workshop.home), workshop.home / "tmp" / "dbt" / "target" / "compiled") == []
