"""An upgrade: files of an older Fupan (older/) are rebuilt or carried on, never misread, and what is served stays till then."""

from __future__ import annotations

import shutil
from pathlib import Path

import duckdb
import pytest
from warehouse_fakes import publish, served

from warehouse.continuing import FORMAT, start, why_not
from warehouse.layout import build_file, current_version, served_link, version_file
from warehouse.publication import flip, rollback

OLDER = Path(__file__).with_name("older")


@pytest.fixture
def home(tmp_path):
    for path, name in ((build_file(tmp_path), "build.duckdb"), (version_file(tmp_path, "old"), "marts_old.duckdb")):
        path.parent.mkdir(parents=True)
        shutil.copy(OLDER / name, path)
    flip(tmp_path, version_file(tmp_path, "old"))
    return tmp_path


def test_a_build_of_an_older_format_is_not_continued(home):
    assert why_not(home, [], None) == "the last build is of an older Fupan or cannot be read"


def test_a_build_of_a_newer_format_is_not_continued_either(home):
    with duckdb.connect(str(build_file(home))) as connection:
        connection.execute(f"alter table raw.run add column format integer default {FORMAT + 1}")
    assert why_not(home, [], None) == f"the last build has format {FORMAT + 1}, this Fupan writes {FORMAT}"


def test_what_is_no_database_is_made_again(home):
    build_file(home).write_bytes(b"not a database at all" * 99)
    assert "cannot be read" in why_not(home, [], None)


def test_a_build_of_this_format_would_be_continued_if_nothing_else_changed(home, tmp_path):
    """The stamp that is written is the one that is asked for."""
    build_file(home).unlink()
    start(build_file(home), home, "r1", [], None, continues=False)
    assert why_not(home, [], None) == "it reached None, which this run may fall behind"


def test_an_older_publication_is_served_until_the_next_and_stays_in_the_line(home):
    assert served(home) == (10, 0, 0)
    publish(home, "new", 5)
    assert served(home) == (1000, 5, 5)
    with duckdb.connect(str(served_link(home)), read_only=True) as connection:
        rows = connection.execute("select version, rows, checks_passed, input_loads from ops.publications order by fence").fetchall()  # fmt: skip
    assert rows == [("old", 11, None, None), ("new", 1001, 1, 0)]
    rollback(home)
    assert current_version(home).name == "marts_old.duckdb" and served(home) == (10, 0, 0)
    publish(home, "newer", 6)
    assert served(home) == (1000, 6, 6)
