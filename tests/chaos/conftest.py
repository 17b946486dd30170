"""A prepared arena for the tests of this folder; `make chaos-short` runs them, apart from the other tests."""

from __future__ import annotations

import os
import pickle
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.chaos.arena import STATES_FILE, Arena, State
from tests.chaos.fork import in_fork, warm_up
from tests.chaos.small import shrink


@pytest.fixture(scope="session")
def prepared(tmp_path_factory) -> tuple[Path, dict[str, State]]:
    """A folder with the states made in it: one of FUPAN_ARENAS for each worker, where `python -m tests.chaos --keep` left them."""
    warm_up()
    if arenas := os.environ.get("FUPAN_ARENAS"):
        folder = Path(arenas) / f"worker{os.environ.get('PYTEST_XDIST_WORKER', 'gw0').removeprefix('gw')}"
        return folder, pickle.loads((folder / STATES_FILE).read_bytes())
    folder = tmp_path_factory.mktemp("chaos")

    def prepare() -> dict[str, State]:
        shrink()
        arena = Arena(folder)
        arena.prepare()
        return arena.states

    return folder, in_fork(prepare, seconds=900)


@pytest.fixture
def in_arena(prepared):
    """Runs a function of an arena in a fork with the small project, which this process does not see; gives what it gives."""
    folder, states = prepared

    def inside(function: Callable[[Arena], Any]) -> Any:
        def work() -> Any:
            shrink()
            return function(Arena(folder, states))

        return in_fork(work)

    yield inside
    shutil.rmtree(folder / "home", ignore_errors=True)
