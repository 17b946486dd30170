"""A build never takes days away from the readers of the publication."""

import datetime as dt

import duckdb
import pytest
from fupan_airflow.reach import reach_of


@pytest.fixture
def published(tmp_path):
    """A home whose served publication reaches to 21 November, after one that reached to the 20th."""
    version = tmp_path / "serve" / "versions" / "marts_20261121_ab.duckdb"
    version.parent.mkdir(parents=True)
    with duckdb.connect(str(version)) as connection:
        connection.execute("create schema ops")
        connection.execute("create table ops.publications (version varchar, as_of date)")
        connection.execute(
            "insert into ops.publications values ('20261120_cd', '2026-11-20'), ('20261121_ab', '2026-11-21')"
        )
    (tmp_path / "serve" / "marts.duckdb").symlink_to("versions/marts_20261121_ab.duckdb")
    return tmp_path


def test_first_build_reaches_its_own_day(tmp_path):
    assert reach_of(dt.date(2026, 11, 1), tmp_path) == dt.date(2026, 11, 1)


@pytest.mark.parametrize(
    ("day", "reach"), [("2026-11-22", "2026-11-22"), ("2026-11-21", "2026-11-21"), ("2026-09-01", "2026-11-21")]
)
def test_a_backfilled_day_does_not_turn_the_publication_back(published, day, reach):
    assert reach_of(dt.date.fromisoformat(day), published).isoformat() == reach
