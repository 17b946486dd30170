"""A small company's files, and one workshop in which they are landed in any order and made into marts."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

import laws_company
import laws_histories
from laws_workshop import Workshop


@pytest.hookimpl(tryfirst=True)  # before xdist reads the groups
def pytest_collection_modifyitems(items) -> None:
    """One worker has all laws: they share the workshop, dbt's parse and the imports."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.xdist_group(_group(item)))


def _group(item) -> str:
    """Forgetting and the histories of one beginning need nothing of the others, so workers can share them out."""
    if item.path.name == "test_incremental.py":
        seed = item.callspec.params["seed"] if hasattr(item, "callspec") else item.module.SEEDS[0]
        return f"histories of beginning {seed // laws_histories.SHARED}"
    return "forgetting" if item.path.name == "test_forget.py" else "laws"


@pytest.fixture(scope="session")
def company(tmp_path_factory) -> laws_company.Company:
    """Exports of four days at once, of the fifth day, and of all five days at once."""
    return laws_company.write(tmp_path_factory.mktemp("company"))


@pytest.fixture(scope="session")
def workshop(tmp_path_factory) -> Workshop:
    """One FUPAN_HOME path for all laws; `workshop.empty()` before each use."""
    return Workshop(tmp_path_factory.mktemp("laws") / "home")


@pytest.fixture(scope="session")
def usual(company, workshop) -> dict[str, str]:
    """Hashes of marts and freshness after history and daily files in the usual order: what every other way must give too."""
    workshop.empty()
    workshop.land_together(company.history)
    workshop.land_together(company.daily)
    return workshop.build_hashes()
