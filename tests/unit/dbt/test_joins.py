"""No join of a whole build looks at every pair of rows (tests/plans.py); those of a continued build are looked at in tests/laws."""

from __future__ import annotations

import duckdb

from tests.plans import joins_of_all_pairs


def test_every_join_with_an_equality_uses_it(built):
    assert joins_of_all_pairs(built, built.parent / "target" / "compiled") == []


def test_one_that_does_not_is_told(tmp_path):
    """The trap itself, in as many models as the check asks for."""
    compiled, database = tmp_path / "models", tmp_path / "build.duckdb"
    compiled.mkdir()
    with duckdb.connect(str(database)) as connection:
        connection.execute(
            "create schema marts; create table marts.a (id int, is_open boolean); create table marts.b (id int)"
        )
    good = (
        'select * from "x"."marts"."a" as a left join "x"."marts"."b" as b on case when a.is_open then a.id end = b.id'
    )
    for number in range(151):
        (compiled / f"m{number}.sql").write_text(good, encoding="utf-8")
    assert joins_of_all_pairs(database, tmp_path) == []
    bad = 'select * from "x"."marts"."a" as a left join "x"."marts"."b" as b on a.id = b.id and a.is_open'
    (compiled / "m7.sql").write_text(bad, encoding="utf-8")
    (told,) = joins_of_all_pairs(database, tmp_path)
    assert told.startswith("m7: ") and "id = id" in told
