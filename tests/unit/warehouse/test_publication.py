"""Publishing: readers see the old version or the new one, retries change nothing, a newer publication is never turned back."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import duckdb
import pytest
from warehouse_fakes import checked_candidate, child, publish, served

from warehouse import publication, steps
from warehouse.errors import GateFailed, NothingPublished, Superseded
from warehouse.layout import build_file, candidate_file, current_version, served_link, version_file
from warehouse.publication import KEPT_VERSIONS, note_build, prune, rollback, versions

READER = """
import sys, duckdb
connection = duckdb.connect(sys.argv[1], read_only=True)
for _ in range(2):
    print(connection.execute("select min(value), max(value), count(*) from marts.facts").fetchone(), flush=True)
    sys.stdin.readline()
"""


def test_a_reader_keeps_the_version_it_opened(tmp_path):
    publish(tmp_path, "one", 1)
    with child(READER, tmp_path / "serve" / "marts.duckdb") as reader:
        assert reader.stdout.readline() == "(1, 1, 1000)\n"
        publish(tmp_path, "two", 2)
        reader.stdin.write("again\n")
        reader.stdin.flush()
        assert reader.stdout.readline() == "(1, 1, 1000)\n"
        assert served(tmp_path) == (1000, 2, 2)
        reader.stdin.close()


def test_a_reader_outlives_the_removal_of_its_version(tmp_path):
    publish(tmp_path, "v0", 0)
    with child(READER, tmp_path / "serve" / "marts.duckdb") as reader:
        assert reader.stdout.readline() == "(0, 0, 1000)\n"
        for number in range(1, KEPT_VERSIONS + 2):
            publish(tmp_path, f"v{number}", number)
        assert not version_file(tmp_path, "v0").exists()
        reader.stdin.write("again\n")
        reader.stdin.flush()
        assert reader.stdout.readline() == "(0, 0, 1000)\n"
        reader.stdin.close()


def test_what_is_published(tmp_path):
    publication = publish(tmp_path, "one", 1)
    assert (publication.version, publication.models, publication.rows) == ("one", 2, 1001)
    assert str(publication.as_of) == "2026-09-05", "without as_of it is the last day of dim_date"
    assert current_version(tmp_path) == version_file(tmp_path, "one")
    assert build_file(tmp_path).exists() and not candidate_file(tmp_path, "one").exists()
    assert [p.name for p in version_file(tmp_path, "one").parent.iterdir()] == ["marts_one.duckdb"], (
        "nothing half is left"
    )


def test_a_retry_after_success_gives_the_same(tmp_path):
    first = publish(tmp_path, "one", 1)
    before = version_file(tmp_path, "one").stat()
    again = steps.publish_candidate("one", home=tmp_path)
    assert again == first
    after = version_file(tmp_path, "one").stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_an_older_build_does_not_replace_a_newer_publication(tmp_path):
    slow = checked_candidate(tmp_path, "slow", 1)
    publish(tmp_path, "quick", 2)
    with pytest.raises(Superseded, match="quick"):
        steps.publish_candidate(slow, home=tmp_path)
    assert served(tmp_path) == (1000, 2, 2)
    assert not version_file(tmp_path, "slow").exists()


@pytest.mark.fault(32)
def test_a_superseded_candidate_is_not_checked_either(tmp_path):
    """The newer publication has taken it away: a word that says so, and no error of a missing file."""
    slow = checked_candidate(tmp_path, "slow", 1)
    publish(tmp_path, "quick", 2)
    assert not candidate_file(tmp_path, slow).exists()
    with pytest.raises(Superseded, match="quick"):
        steps.check_candidate(slow, home=tmp_path)


@pytest.mark.fault(32)
def test_a_zombie_that_wakes_up_before_the_flip_leaves(tmp_path, monkeypatch):
    """It was stopped with its version written and its lock taken away; meanwhile a newer build was published."""
    publish(tmp_path, "old", 1)
    checked_candidate(tmp_path, "zombie", 2)
    honest = publication.write_version

    def stopped(*arguments):
        told = honest(*arguments)
        monkeypatch.setattr(publication, "write_version", honest)
        (tmp_path / "state" / "warehouse.lock").unlink()
        publish(tmp_path, "newer", 3)
        return told

    monkeypatch.setattr(publication, "write_version", stopped)
    with pytest.raises((Superseded, FileNotFoundError)):
        steps.publish_candidate("zombie", home=tmp_path)
    assert served(tmp_path) == (1000, 3, 3) and not version_file(tmp_path, "zombie").exists()


def test_builds_are_numbered_on_when_the_warehouse_folder_was_deleted(tmp_path):
    """`fupan rebuild` begins so: a number that began anew would be older than what is served, and never be published."""
    for number in (1, 2, 3):
        publish(tmp_path, f"v{number}", number)
    shutil.rmtree(tmp_path / "warehouse")
    assert publish(tmp_path, "v4", 4).fence == 4
    assert served(tmp_path) == (1000, 4, 4)


@pytest.mark.fault(28)
def test_what_a_killed_publishing_left_is_taken_away(tmp_path):
    """A half version, a half copy of the one before it, and the folder that the engine spilled into."""
    publish(tmp_path, "old", 1)
    folder = tmp_path / "serve" / "versions"
    for name in (".marts_dead.duckdb.tmp", ".marts_dead.duckdb.tmp.wal", "..marts_dead.duckdb.tmp.123.tmp"):
        (folder / name).touch()
    (folder / ".marts_dead.duckdb.tmp.tmp").mkdir()
    (folder / ".marts_dead.duckdb.tmp.tmp" / "duckdb_temp_storage-0.tmp").touch()
    publish(tmp_path, "new", 2)
    assert sorted(p.name for p in folder.iterdir()) == ["marts_new.duckdb", "marts_old.duckdb"]


@pytest.mark.fault(34)
@pytest.mark.parametrize("place", ["marts_new.duckdb", "marts.duckdb", "build.duckdb"])
def test_a_rename_that_happened_and_was_answered_with_an_error(place, tmp_path, monkeypatch):
    """Nothing that was done is undone; the retry finds it, publishes once, and the line holds the version once."""
    publish(tmp_path, "old", 1)
    checked_candidate(tmp_path, "new", 2)
    honest = os.replace

    def lost(origin, target):
        honest(origin, target)
        if Path(target).name == place:
            raise OSError(5, "the answer is lost")

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", lost)
        with pytest.raises(OSError, match="the answer is lost"):
            steps.publish_candidate("new", home=tmp_path)
    flipped = place != "marts_new.duckdb"
    assert served(tmp_path) == ((1000, 2, 2) if flipped else (1000, 1, 1))
    steps.publish_candidate("new", home=tmp_path)
    assert served(tmp_path) == (1000, 2, 2)
    with duckdb.connect(str(served_link(tmp_path)), read_only=True) as connection:
        line = connection.execute("select version from ops.publications order by fence").fetchall()
    assert line == [("old",), ("new",)] and build_file(tmp_path).exists()


def test_an_unchecked_candidate_is_not_published(tmp_path):
    publish(tmp_path, "good", 1)
    checked_candidate(tmp_path, "raw", 2)
    note_build(tmp_path, "raw", fence=2, as_of=None, input_loads=0, models=2)
    with pytest.raises(GateFailed, match="raw has not passed"):
        steps.publish_candidate("raw", home=tmp_path)
    assert served(tmp_path) == (1000, 1, 1)


def test_rollback_and_forward(tmp_path):
    for number in (1, 2, 3):
        publish(tmp_path, f"v{number}", number)
    assert [p.name for p in rollback(tmp_path)] == ["marts_v3.duckdb", "marts_v2.duckdb"]
    assert served(tmp_path) == (1000, 2, 2)
    publish(tmp_path, "v4", 4)
    assert [p.name for p in rollback(tmp_path)] == ["marts_v4.duckdb", "marts_v2.duckdb"], "v3 was given up already"
    rollback(tmp_path)
    assert served(tmp_path) == (1000, 1, 1)
    with pytest.raises(NothingPublished, match="v1"):
        rollback(tmp_path)
    assert served(tmp_path) == (1000, 1, 1)


def test_rollback_of_nothing(tmp_path):
    with pytest.raises(NothingPublished, match="fupan run"):
        rollback(tmp_path)


def test_prune_keeps_the_newest_and_the_served(tmp_path):
    for number in range(KEPT_VERSIONS + 3):
        publish(tmp_path, f"v{number}", number)
    kept = [f"marts_v{n}.duckdb" for n in range(3, KEPT_VERSIONS + 3)]
    assert [p.name for p in versions(tmp_path)] == kept
    for _ in range(KEPT_VERSIONS - 1):
        rollback(tmp_path)
    assert current_version(tmp_path).name == kept[0]
    assert [p.name for p in prune(tmp_path, keep=2)] == kept[1:-2]
    assert [p.name for p in versions(tmp_path)] == [kept[0], *kept[-2:]]
    assert served(tmp_path) == (1000, 3, 3)


@pytest.mark.parametrize("bad", ["../escape", "a/b", "a\\b", "", " ", "a b", ".hidden", "-flag", "a\n", "业务日", "x" * 101])  # fmt: skip
def test_unsafe_run_ids_are_refused(bad, tmp_path):
    for step in (
        lambda: steps.build_candidate(bad, None, home=tmp_path),
        lambda: candidate_file(tmp_path, bad),
        lambda: version_file(tmp_path, bad),
    ):
        with pytest.raises(ValueError, match="run id"):
            step()
    assert not list(tmp_path.rglob("*.duckdb"))
    assert not list(tmp_path.parent.glob("candidate_*"))
