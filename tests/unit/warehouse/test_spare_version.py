"""A version that is no longer kept becomes the next one, by the keys that were noted since; or it is left alone."""

import json
import random
import subprocess
import sys

import duckdb
import pytest
from warehouse_fakes import checked_candidate, served

from warehouse import steps, version
from warehouse.layout import build_file, candidate_file, changed_file, current_version, served_link, spare_version
from warehouse.spare_version import drop_spare


def publish(home, number, *, continued=True, now=None, before=()):
    """Publish day `number`, which continues the day before, with the facts `now`, rows of (n, value), of which some stood there `before`.

    Without `now`: fact n = number comes, and fact 0 gets another value.
    """
    run_id = f"v{number}"
    if now is None:
        now = [(0, number), *((n, n) for n in range(1, number + 1))]
        before = [(0, number - 1), *((n, n) for n in range(1, number))]
    changed = {n for n, _ in set(now) ^ set(before)}
    checked_candidate(home, run_id, 0, rows=0)
    with duckdb.connect(str(candidate_file(home, run_id))) as connection:
        connection.execute("create schema raw; create schema changes; create schema replaced")
        connection.execute(
            "create table raw.run as select ? as run_id, ? as continues, case when ? then ? end as continued_run_id",
            [run_id, continued, continued, f"v{number - 1}"],
        )
        connection.execute(
            "create table raw.model_keys as select * from (values ('facts', 'n'), ('dim_date', '')) as t (model, key)"
        )
        connection.execute("create table changes.facts as select *, true as _is_new from marts.facts limit 0")
        connection.execute("create table changes.dim_date as select *, true as _is_new from marts.dim_date limit 0")
        for n, value in now:
            connection.execute("insert into marts.facts values (?, ?)", [n, value])
        for n, value in sorted(set(now) ^ set(before)):
            connection.execute("insert into changes.facts values (?, ?, ?)", [n, value, (n, value) in set(now)])
        if changed:
            listed = ", ".join(map(str, changed))
            connection.execute(f"create table replaced.facts as from marts.facts where n in ({listed})")
    return steps.publish_candidate(run_id, home=home)


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setattr(
        "warehouse.version.share_blocks", lambda *_: False
    )  # where blocks are shared no spare is needed
    monkeypatch.setattr("warehouse.layout.WORTH_SPARING", 0)
    (tmp_path / "retention.json").write_text(json.dumps({"versions": 2}))
    publish(tmp_path, 1, continued=False)
    return tmp_path


def facts(path):
    with duckdb.connect(str(path), read_only=True) as connection:
        return connection.execute("from marts.facts order by all").fetchall()


def test_a_version_is_made_of_one_that_is_no_longer_kept(home):
    publish(home, 2)
    before = None
    for number in (3, 4, 5, 6):
        publish(home, number)
        assert (
            facts(served_link(home))
            == facts(build_file(home))
            == [(0, number), *((n, n) for n in range(1, number + 1))]
        )
        assert spare_version(home).name == f"marts_v{number - 2}.duckdb"
        spare = spare_version(home).stat().st_ino
        if number > 3:
            assert current_version(home).stat().st_ino == before, "it is the same file, which was not written again"
        before = spare
    assert sorted(p.stem for p in changed_file(home, "v1").parent.iterdir()) == ["v5", "v6"]
    with duckdb.connect(str(served_link(home)), read_only=True) as connection:
        assert len(connection.execute("from ops.publications").fetchall()) == 6


@pytest.mark.parametrize("seed", range(5))
def test_of_several_days_the_newest_that_changed_a_key_tells_its_rows(home, seed, monkeypatch):
    """Three versions are kept, so that a version is made of one that is four days old: keys come, change, vanish and come again."""
    (home / "retention.json").write_text(json.dumps({"versions": 3}))
    carry_changes, carried = version._carry_changes, []
    monkeypatch.setattr(version, "_carry_changes", lambda *told: carried.append(carry_changes(*told)) or carried[-1])
    lot, now = random.Random(seed), [(0, 1), (1, 1)]
    for number in range(2, 10):
        before = now
        rest = [row for row in before if lot.random() < 0.7]
        now = sorted({*rest, *((lot.randrange(6), lot.randrange(9)) for _ in range(lot.randrange(3)))})
        publish(home, number, now=now, before=before)
        assert facts(served_link(home)) == now
    assert carried == [True] * 16, "a table that does not fit is written whole, which would hide it"


def test_a_reader_that_is_late_keeps_what_it_opened(home):
    for number in (2, 3):
        publish(home, number)
    code = "import duckdb, sys; c = duckdb.connect(sys.argv[1], read_only=True); print('open', flush=True); input(); print(c.execute('select max(n) from marts.facts').fetchone()[0])"
    with subprocess.Popen(
        [sys.executable, "-c", code, str(spare_version(home))], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as reader:
        assert reader.stdout.readline() == "open\n"
        publish(home, 4)
        assert served(home) == (5, 1, 4)
        reader.stdin.write("\n")
        reader.stdin.flush()
        assert reader.stdout.readline() == "1\n"


@pytest.mark.parametrize(
    "what", ["a note is gone", "no spare", "no database", "a table is missing", "rows are missing"]
)
def test_what_does_not_fit_is_written_all_the_same(home, what):
    for number in (2, 3):
        publish(home, number)
    spare = spare_version(home)
    if what == "a note is gone":
        changed_file(home, "v2").unlink()
    elif what == "no spare":
        drop_spare(home)
    elif what == "no database":
        spare.write_bytes(b"not a database at all" * 99)
    else:
        with duckdb.connect(str(spare)) as connection:
            connection.execute("drop table marts.facts" if what == "a table is missing" else "delete from marts.facts")
    publish(home, 4)
    assert facts(served_link(home)) == facts(build_file(home))


def test_after_a_rebuild_nothing_of_before_is_used(home):
    for number in (2, 3):
        publish(home, number)
    publish(home, 4, continued=False)
    assert spare_version(home) is None
    assert not list(changed_file(home, "v1").parent.iterdir())
