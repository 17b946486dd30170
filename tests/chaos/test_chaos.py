"""What a machine does to a run: it is killed, starts eight times at once, finds no room, no rights, no memory. Readers see a whole
publication at every moment, and the next run ends the work.

A few points of each kind; `python -m tests.chaos` takes many, or all, and `make chaos` sets FUPAN_CHAOS=long for all that is here.
"""

from __future__ import annotations

import ctypes
import os
from pathlib import Path

import pytest

from tests.chaos import arena as arenas
from tests.chaos.arena import SPOILT, STATES, Arena, Fork
from tests.chaos.reader import facts, litter, violations
from warehouse.layout import current_version

LONG = os.environ.get("FUPAN_CHAOS") == "long"
STARTERS = 8 if LONG else 4
long = pytest.mark.long  # `python -m tests.chaos` draws some of their kind in the short form too


def step_of(arena: Arena, state: str, name: str) -> int:
    """The number of the last step of that name."""
    return max(n for n, step in enumerate(arena.states[state].steps, 1) if step == name)


def publish_first() -> None:
    """Patch: the candidate is published when it is built, and checked afterwards."""
    from ingest.locks import exclusive
    from warehouse import run, steps
    from warehouse.publication import note_build, publish, read_note

    honest_build, honest_check = steps.build_candidate, steps.check_candidate

    def build(run_id, as_of, *, home, progress=None):
        built = honest_build(run_id, as_of, home=home, progress=progress)
        note = read_note(home, run_id)
        with exclusive(home, steps.LOCK):
            kept = arenas.shutil.copyfile(steps.candidate_file(home, run_id), home / "kept.duckdb")
            publish(home, run_id, fence=note["fence"], as_of=None, checks_passed=0, checks_failed=0, input_loads=note["input_loads"])  # fmt: skip
            Path(kept).rename(steps.candidate_file(home, run_id))
            note_build(home, run_id, **note)
        return built

    run.steps.build_candidate, run.steps.check_candidate = build, honest_check
    run.steps.publish_candidate = lambda run_id, *, home: (_ for _ in ()).throw(AssertionError("unreachable"))


def test_the_harness_is_red_when_publishing_comes_before_the_checks(in_arena):
    """The same wrong build: stopped by its gate in the honest order; with the other order readers get it, and the harness tells."""
    honest = in_arena(lambda arena: arena.shoot(SPOILT, "kill", 0))
    assert honest.problems == [] and "credit" in honest.told, "the planted fault is one that the gate stops"
    wrong = in_arena(lambda arena: arena.shoot(SPOILT, "kill", 0, patch=publish_first))
    assert any("credits conserve" in p for p in wrong.problems), wrong
    assert any("neither the old nor the new publication" in p for p in wrong.problems), wrong


@pytest.mark.fault(28, 29)
@pytest.mark.parametrize(
    ("how", "state", "name"),
    [
        ("kill", "re-export", "after rename marts.duckdb"),
        ("kill", "first load", "before rename marts.duckdb"),
        ("term", "nothing new", "before flush serve/"),
    ][: 3 if LONG else 1],
)
def test_killed_about_the_flip(how, state, name, in_arena):
    shot = in_arena(lambda arena: arena.shoot(state, how, step_of(arena, state, name)))
    assert shot.hit and shot.problems == [], shot


@pytest.mark.fault(34)
@long
@pytest.mark.parametrize("name", ["after rename marts.duckdb", "after rename build.duckdb"])
def test_it_landed_and_was_answered_with_an_error(name, in_arena):
    """The run fails, what it published stays, and the next run publishes the same and cleans nothing away."""
    shot = in_arena(lambda arena: arena.shoot("re-export", "lost", step_of(arena, "re-export", name)))
    assert "the answer is lost" in shot.told and shot.problems == [], shot


@pytest.mark.fault(30)
@long
@pytest.mark.parametrize("state", STATES)
def test_no_room(state, in_arena):
    """From the first write of a version on, no byte can be written any more: an error that says so, and all as before."""
    shot = in_arena(lambda arena: arena.shoot(state, "full", step_of(arena, state, "after commit of marts.dim_date")))
    assert shot.hit and "File too large" in shot.told and shot.problems == [], shot


@pytest.mark.fault(32)
def test_a_zombie_wakes_up(in_arena):
    """Stopped just before the flip, taken for dead, its locks removed; it wakes when another run has published: it leaves."""
    shot = in_arena(lambda arena: arena.shoot("re-export", "zombie", step_of(arena, "re-export", "before flush versions/")))  # fmt: skip
    assert "Superseded" in shot.told and shot.problems == [], shot


@pytest.mark.fault(32)
def test_many_start_at_once(in_arena):
    """One works, the others wait; what comes out is what one gives, and no version is older than the one before it."""

    def started(arena: Arena) -> tuple:
        arena.restore(arena.states["re-export"].template)
        forks = [Fork(lambda: arenas.run(arena.home), arena.log) for _ in range(STARTERS)]
        ended = [f.wait() for f in forks]
        version = current_version(arena.home)
        import duckdb

        with duckdb.connect(str(version), read_only=True) as connection:
            fences = connection.execute("select fence from ops.publications order by published_at").fetchall()
        return ended, facts(version) == arena.states["re-export"].after, violations(version, arena.home), litter(arena.home), fences  # fmt: skip

    ended, same, wrong, left, fences = in_arena(started)
    assert [(e.signal, e.error) for e in ended if not ("Superseded" in e.error or "Busy" in e.error)] == [(0, "")] * sum(not e.error for e in ended)  # fmt: skip
    assert any(e.value == "published" for e in ended)
    assert same and wrong == [] and left == []
    assert fences == sorted(fences) and len(fences) >= 2


def obey_modes() -> None:
    """Take from this process, if it is root, the right to write where the modes forbid it."""

    class Header(ctypes.Structure):
        _fields_ = (("version", ctypes.c_uint32), ("pid", ctypes.c_int))

    class Rights(ctypes.Structure):
        _fields_ = (("effective", ctypes.c_uint32), ("permitted", ctypes.c_uint32), ("inheritable", ctypes.c_uint32))

    header, rights, libc = Header(0x20080522, 0), (Rights * 2)(), ctypes.CDLL(None, use_errno=True)
    assert libc.capget(ctypes.byref(header), rights) == 0
    rights[0].effective &= ~0b110  # CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH
    assert libc.capset(ctypes.byref(header), rights) == 0


@pytest.mark.fault(30)
@pytest.mark.parametrize("folder", ["warehouse", "raw", "serve/versions"][: 3 if LONG else 1])
def test_a_read_only_folder(folder, in_arena):
    """The run names the folder that it may not write; the last publication stays; with the rights back the next run ends the work."""

    def read_only(arena: Arena) -> tuple:
        state = arena.states["re-export"]
        arena.restore(state.template)
        closed = [p for p in [arena.home / folder, *(arena.home / folder).rglob("*")] if p.is_dir()]
        for path in closed:
            path.chmod(0o555)

        def work() -> str:
            obey_modes()
            return arenas.run(arena.home)

        told = Fork(work, arena.log).wait()
        shot = arenas.Shot("re-export", "read-only", 0, folder)
        seen = arena._look()
        for path in closed:
            path.chmod(0o755)
        if (
            folder != "raw"
        ):  # without raw the sources fail, each with its word, and what was there before is published again
            arena._judge(shot, state, seen, "after it")
        shot.problems += seen[1]
        arena._recover(shot, state)
        return told.error or told.value, str(arena.home / folder), shot.problems

    told, path, problems = in_arena(read_only)
    assert "ermission denied" in told and path in told, told
    assert problems == []


@pytest.mark.fault(30, 31)
@long
@pytest.mark.parametrize("how", ["handles", "memory"])
def test_too_little_of(how, in_arena):
    """No more files may be opened, or 48 MB of memory are left, when the build begins: it fails or is killed by it, and all is as before."""
    shot = in_arena(lambda arena: arena.shoot("re-export", how, step_of(arena, "re-export", "after rename fence")))
    assert shot.hit and shot.problems == [], shot


def test_every_state_has_its_steps(prepared):
    """The numbers that docs/durability.md gives are of these steps; a run goes through every part."""
    states = prepared[1]
    for name in STATES:
        steps = states[name].steps
        parts = {part for part in ("landing", "build", "version", "link") for s in steps if _part(s) == part}
        assert parts >= ({"build", "version", "link"} if name == "nothing new" else {"landing", "build", "version", "link"}), name  # fmt: skip
    assert len(states["re-export"].steps) > 100


def _part(step: str) -> str:
    kinds = {".csv": "landing", "building.duckdb": "build", "candidate_": "build", "dbt ": "build", "marts_": "version", "marts.duckdb": "link"}  # fmt: skip
    return next((part for sign, part in kinds.items() if sign in step), "")
