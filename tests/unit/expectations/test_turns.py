"""A day's gate looks at what changed in a long table and at the others in their turn; a rebuild and a short table are looked at whole."""

from __future__ import annotations

import pytest
from test_marts_gate import BROKEN

from expectations import turns
from expectations.catalogue import read_rules, read_tables
from expectations.turns import EVERYTHING, TURNS, Turn

#: checks that look at a part, each with what breaks it in order o2 alone
OF_AN_ORDER = {name: sql for (table, name), (sql, _) in BROKEN.items() if table == "attribution_credits" and name != "credits_sum_to_gmv"}  # fmt: skip
OF_AN_ORDER["grain_unique"] = "insert into marts.attribution_credits from marts.attribution_credits where order_id = 'o2' and model = 'last'"  # fmt: skip


def continued(day: str, *changed: str) -> str:
    """SQL that makes the candidate a build that continued, with these orders changed."""
    keys = ", ".join(f"('douyin', '{order}')" for order in changed) or "(null, null)"
    changes = f"as select * from (values {keys}) as t (platform, order_id) where order_id is not null"
    return (
        "create table raw.run as select true as continues; create schema changes;"
        f"create or replace table intermediate.int_data_span as select date '{day}' as as_of;"
        f"create table changes.fct_order_lines {changes}; create table changes.attribution_credits {changes};"
    )


@pytest.fixture(autouse=True)
def long_tables(monkeypatch):
    """A few rows are long enough."""
    monkeypatch.setattr(turns, "LONG", 1)


@pytest.mark.parametrize("check", OF_AN_ORDER)
def test_what_changed_is_looked_at(marts, check):
    found = marts(continued("2026-03-02", "o2") + OF_AN_ORDER[check], "attribution_credits").only(check)
    assert not found.passed and found.severity == "block"


@pytest.mark.parametrize("check", OF_AN_ORDER)
def test_every_key_has_its_turn_in_thirty_days(marts, check):
    """What went wrong in a file at rest: nothing says that o2 changed."""
    red = []
    for day in range(1, TURNS + 1):
        sql = continued(f"2026-03-{day:02}", "o1") + OF_AN_ORDER[check] + ";"
        red.append(not marts(sql, "attribution_credits").only(check).passed)
    assert sum(red) == 1


def test_the_rows_that_were_looked_at_are_counted(marts):
    whole = marts("", "attribution_credits").only("credit_shares_sum_to_one").rows_seen
    seen = [
        marts(continued(f"2026-03-{day:02}"), "attribution_credits").only("credit_shares_sum_to_one").rows_seen
        for day in range(1, TURNS + 1)
    ]
    assert sum(seen) == whole > 0


def test_a_rebuild_and_a_short_table_are_looked_at_whole(marts, monkeypatch):
    broken = OF_AN_ORDER["credit_shares_sum_to_one"]
    rebuilt = continued("2026-03-02", "o1") + "update raw.run set continues = false;" + broken
    assert "credit_shares_sum_to_one" in marts(rebuilt, "attribution_credits").failed
    monkeypatch.setattr(turns, "LONG", 1_000_000)
    assert "credit_shares_sum_to_one" in marts(continued("2026-03-02", "o1") + broken, "attribution_credits").failed


def test_only_tables_that_say_so_are_looked_at_in_part():
    tables = read_tables()
    long = Turn(0, dict.fromkeys(tables, 10))
    assert {t.name for t in tables.values() if long.looked_at(t) != EVERYTHING} == {
        t.name for t in tables.values() if t.turn_by
    }
    assert all(tables[r.table].turn_by for r in read_rules() if "$looked_at" in r.failing + r.ctes + r.seen)
