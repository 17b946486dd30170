"""A small company, its exports of eleven days and of one further day."""

from pathlib import Path

import pytest

from simulator.exports import write_exports
from simulator.world import World
from tests.unit.simulator.simulator_files import FIRST, LAST, NEXT


@pytest.fixture(scope="session")
def small_world() -> World:
    """Twelve days of about 150 order lines."""
    return World(seed=3, first_day=FIRST, days=12, orders_per_day=150)


@pytest.fixture(scope="session")
def history(small_world, tmp_path_factory) -> Path:
    """The inbox after the history of eleven days, all quirks on."""
    inbox = tmp_path_factory.mktemp("history")
    write_exports(small_world, inbox, FIRST, LAST)
    return inbox


@pytest.fixture(scope="session")
def next_day(small_world, tmp_path_factory) -> Path:
    """The inbox after the daily export of the twelfth day, all quirks on."""
    inbox = tmp_path_factory.mktemp("daily")
    write_exports(small_world, inbox, NEXT, NEXT)
    return inbox
