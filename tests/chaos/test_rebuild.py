"""`fupan rebuild`: raw/ and warehouse/ are deleted wholly, and come again from landing as the same publication."""

from __future__ import annotations

import json
import shutil

from typer.testing import CliRunner

from tests.chaos.arena import Arena, objects
from tests.chaos.reader import facts, violations
from warehouse.layout import current_version


def fupan(arena: Arena, *arguments: str) -> tuple[int, dict]:
    """(exit code, what --json says)."""
    from warehouse.cli import app

    done = CliRunner().invoke(app, [*arguments, "--json", "--home", str(arena.home)])
    return done.exit_code, json.loads(done.stdout.splitlines()[-1]) if done.stdout.strip() else {"said": done.output}


def test_the_same_publication_from_landing(in_arena):
    def rebuilt(arena: Arena) -> tuple:
        arena.restore(arena.states["nothing new"].template)
        before, kept = facts(current_version(arena.home)), objects(arena.home)
        for folder in ("raw", "warehouse"):
            shutil.rmtree(arena.home / folder)
        code, told = fupan(arena, "rebuild")
        version = current_version(arena.home)
        return code, told, version.name, facts(version) == before, objects(arena.home) == kept, violations(version, arena.home)  # fmt: skip

    code, told, name, same, kept, wrong = in_arena(rebuilt)
    assert code == 0, told
    assert same and kept and wrong == []
    assert told["outcomes"] == {"restored": len(told["loads"])} and len(told["loads"]) >= 4
    assert told["tables_differing"] == [] and told["tables_compared"] >= 6
    assert name == f"marts_{told['published']}.duckdb" and told["published"].startswith("rebuild-")


def test_check_changes_nothing_and_sees_a_difference(in_arena):
    """Equal as it was published; unequal once somebody has taken one credit out of the served file."""

    def checked(arena: Arena) -> tuple:
        import duckdb

        arena.restore(arena.states["nothing new"].template)
        version, kept = current_version(arena.home), objects(arena.home)
        first = fupan(arena, "rebuild", "--check")
        untouched = current_version(arena.home) == version and objects(arena.home) == kept
        left = [p.name for p in (arena.home / "tmp").glob("rebuild-*")]
        with duckdb.connect(str(version)) as connection:
            connection.execute(
                "delete from marts.attribution_credits where rowid = (select min(rowid) from marts.attribution_credits)"
            )
        return first, untouched, left, fupan(arena, "rebuild", "--check")

    (code, told), untouched, left, (code_after, told_after) = in_arena(checked)
    assert code == 0 and told["tables_differing"] == [] and told["published"] == "", told
    assert untouched and left == []
    assert code_after == 1 and told_after["tables_differing"] == ["marts.attribution_credits"], told_after


def test_a_load_that_is_nowhere_is_named(in_arena):
    def lost(arena: Arena) -> tuple:
        from warehouse.cli import app

        arena.restore(arena.states["nothing new"].template)
        before = current_version(arena.home)
        for folder in ("raw", "landing"):
            shutil.rmtree(arena.home / folder / "web")
        done = CliRunner().invoke(app, ["rebuild", "--home", str(arena.home)])
        return done.exit_code, done.output, before == current_version(arena.home)

    code, said, stays = in_arena(lost)
    assert code == 1 and stays
    assert "neither in landing nor in raw" in said and "web.touchpoints" in said and "Next: " in said


def test_a_restored_backup_gives_the_same_publication(in_arena):
    """The machine is lost; the mirror is put into an empty home, and the next run publishes what was published before."""

    def drilled(arena: Arena) -> tuple:
        from tests.chaos.arena import run
        from warehouse.backup import back_up, restore

        arena.restore(arena.states["nothing new"].template)
        before, kept, mirror = facts(current_version(arena.home)), objects(arena.home), arena.folder / "mirror"
        back_up(arena.home, mirror, with_keys=True)
        shutil.rmtree(arena.home)
        restore(mirror, arena.home)
        lost = current_version(arena.home) is None
        told = run(arena.home)
        version = current_version(arena.home)
        now = objects(arena.home)
        differing = sorted(str(k) for k in kept.keys() | now.keys() if kept.get(k) != now.get(k))
        return lost, told, facts(version) == before, differing, violations(version, arena.home)

    lost, told, same, differing, wrong = in_arena(drilled)
    assert lost, "a publication was in the mirror, so it proves nothing"
    assert told == "published" and same and wrong == []
    # the second copy of a refused file, for people to find, is left out of backups: its bytes are in landing
    assert [name for name in differing if "/refused/" not in name] == []
