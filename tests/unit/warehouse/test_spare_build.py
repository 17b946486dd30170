"""The spare build is brought up to the last one by what the last one changed, or not taken at all."""

import duckdb
import pytest

from warehouse.layout import build_file, candidate_file, spare_build_file
from warehouse.spare_build import keep_build, take_spare


def built(home, run_id, continued, rows, changed=()):
    """A candidate with marts.facts (n, value) and marts.days, as a build that continued another leaves it."""
    path = candidate_file(home, run_id)
    path.parent.mkdir(parents=True, exist_ok=True)
    with duckdb.connect(str(path)) as connection:
        for schema in ("raw", "marts", "changes"):
            connection.execute(f"create schema {schema}")
        connection.execute(
            "create table raw.run as select ? as run_id, ?::varchar as continued_run_id, 'f' as fingerprint, 2 as format", [run_id, continued]
        )  # fmt: skip
        connection.execute(
            "create table raw.model_keys as select * from (values ('facts', 'n'), ('days', '')) as t (model, key)"
        )
        connection.execute("create table marts.facts (n integer, value varchar)")
        connection.executemany("insert into marts.facts values (?, ?)", rows)
        connection.execute("create table marts.days as select count(*) as facts from marts.facts")
        connection.execute("create table changes.facts as select *, true as _is_new from marts.facts limit 0")
        for row in changed:
            connection.execute("insert into changes.facts values (?, ?, ?)", row)
        connection.execute("create table changes.days as select *, true as _is_new from marts.days")
    return path


FIRST = [(1, "a"), (2, "b"), (3, "c")]
SECOND = [(1, "a"), (2, "B"), (4, "d"), (4, "e")]
CHANGED = [(2, "b", False), (2, "B", True), (3, "c", False), (4, "d", True), (4, "e", True)]


def rows(path, table="facts"):
    with duckdb.connect(str(path), read_only=True) as connection:
        return connection.execute(f"from marts.{table} order by all").fetchall()


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setattr("warehouse.layout.WORTH_SPARING", 0)
    keep_build(tmp_path, built(tmp_path, "one", None, FIRST))
    keep_build(tmp_path, built(tmp_path, "two", "one", SECOND, CHANGED))
    return tmp_path


def test_the_spare_becomes_the_last_build(home, tmp_path):
    assert rows(spare_build_file(home)) == FIRST
    assert take_spare(home, tmp_path / "building.duckdb")
    assert rows(tmp_path / "building.duckdb") == SECOND == rows(build_file(home))
    assert rows(tmp_path / "building.duckdb", "days") == [(4,)]
    assert not spare_build_file(home).exists()


def test_the_rows_that_a_run_put_in_are_read_where_it_kept_them(home, tmp_path):
    """And not in the table, which holds a year: told by a value that stands in `replaced` alone."""
    with duckdb.connect(str(build_file(home))) as connection:
        connection.execute("create schema replaced")
        connection.execute(
            "create table replaced.facts as select n, value || '!' as value from marts.facts where n in (2, 3, 4)"
        )
    assert take_spare(home, tmp_path / "building.duckdb")
    assert rows(tmp_path / "building.duckdb") == [(1, "a"), (2, "B!"), (4, "d!"), (4, "e!")]


def test_a_rebuild_leaves_no_spare(home):
    """It may have been made to forget somebody."""
    keep_build(home, built(home, "three", None, FIRST))
    assert not spare_build_file(home).exists()


@pytest.mark.parametrize("what", ["another run", "rows missing", "another table", "no database", "one file"])
def test_what_does_not_fit_is_not_taken(home, tmp_path, what):
    spare, path = spare_build_file(home), tmp_path / "building.duckdb"
    if what == "one file":
        spare.unlink()
        spare.hardlink_to(build_file(home))
    elif what == "no database":
        spare.write_bytes(b"not a database at all" * 99)
    else:
        with duckdb.connect(str(spare)) as connection:
            connection.execute(
                {
                    "another run": "update raw.run set run_id = 'zero'",
                    "rows missing": "delete from marts.facts where n = 1",
                    "another table": "create table marts.others as select 1 as n",
                }[what]
            )
    assert not take_spare(home, path)
    assert not path.exists() and not spare.exists()
    assert rows(build_file(home)) == SECOND
