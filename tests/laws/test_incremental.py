"""N drawn, shuffled, split, doubled and corrected loads, run by run, give every table of one rebuild, row for row."""

from __future__ import annotations

import os

import laws_histories
import pytest

#: `make chaos` draws 200; a failure prints its seed, which FUPAN_HISTORY_SEEDS="17" runs alone
SEEDS = [int(s) for s in os.environ.get("FUPAN_HISTORY_SEEDS", "").split(",") if s] or range(
    int(os.environ.get("FUPAN_HISTORIES", "3"))
)


@pytest.fixture(autouse=True)
def models_only(monkeypatch):
    """Without the data tests, which other tests run: they take half of the time and change no row."""
    from warehouse import candidate

    monkeypatch.setattr(candidate, "LEFT_OUT", ["unit_test", "test"])


@pytest.mark.parametrize("seed", SEEDS)
def test_a_history_continued_equals_its_rebuild(seed, workshop, tmp_path):
    """Whole: every table of staging, intermediate and marts, after the last run."""
    history = laws_histories.draw(seed, tmp_path)
    workshop.empty()
    continued = 0
    for run, day in enumerate(history.days):
        loads = workshop.land(history.of(run))
        assert any(x.status == "loaded" for x in loads) or run
        continued += workshop.continue_build(day) is None
    assert continued == len(history.days) - 1, "a run was rebuilt, so it proves nothing"
    assert workshop.differences_to_rebuild(history.days[-1]) == {}, f"seed {seed}: {'; '.join(history.told)}"
