"""A home that is put into a state, run, killed, looked at and run again, as often as one likes."""

from __future__ import annotations

import datetime as dt
import hashlib
import os
import random
import resource
import shutil
import signal
import subprocess
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ingest import durable
from tests.chaos.fork import Ended, Fork, in_fork
from tests.chaos.reader import facts, litter, violations

DATASETS = ("douyin.orders", "douyin.after_sales", "web.touchpoints", "shop.products")
FIRST, LAST = dt.date(2026, 9, 1), dt.date(2026, 9, 3)
#: what the inbox holds, and what was published before: a first load, a day that corrects the days before, nothing at all
STATES = ("first load", "re-export", "nothing new")
#: a build whose credits do not add up, made by a fault that is planted in it: the gate must stop it
SPOILT = "spoilt build"


#: beside the templates of an arena that was made ready: its states
STATES_FILE = "states.pickle"
#: of ops: what tells which files were landed, and how fresh the datasets are
ABOUT_LOADS = {"ops.freshness", "ops.loads", "ops.quarantine"}


@dataclass
class State:
    """A home to begin from. steps: their names in a run that nothing stops; before, after: what a reader finds then; pulled: what
    lies in landing, raw, quarantine and ledger when all sources are pulled; feeds: source -> marts that anything of it is in."""

    name: str
    template: Path
    steps: list[str] = field(default_factory=list)
    before: dict[str, str] | None = None
    after: dict[str, str] | None = None
    pulled: dict[str, str] = field(default_factory=dict)
    feeds: dict[str, set[str]] = field(default_factory=dict)
    seconds: float = 0.0


@dataclass
class Shot:
    """One run that was disturbed, and the run after it. problems: what should not be, in words; empty when all is well."""

    state: str
    how: str
    step: int
    name: str
    hit: bool = False
    problems: list[str] = field(default_factory=list)
    told: str = ""


class Arena:
    """A folder with one home in it, always at the same path, so that dbt's parse is shared; one run at a time."""

    def __init__(self, folder: Path, states: dict[str, State] | None = None) -> None:
        self.folder, self.home, self.log = folder, folder / "home", folder / "log.txt"
        self.states = states or {}
        self.feeds: dict[str, set[str]] = {}
        folder.mkdir(parents=True, exist_ok=True)

    def prepare(self) -> None:
        """Make the states by honest runs, and count the steps of a run from each."""
        shutil.rmtree(self.home, ignore_errors=True)
        in_fork(lambda: _write_exports(self.folder / "exports"), self.log)
        self._fill("first")
        with _manifests() as manifests:
            told = run(
                self.home
            )  # in this process, so that forks find all caches warm; dbt's parse and the key are kept for all
        assert told == "published", told
        self.feeds = _feeds(manifests[0])
        published = self._keep("published")
        for entry in self.home.iterdir():
            if entry.name not in ("tmp", "state"):
                shutil.rmtree(entry)
        self._fill("first")
        self._add("first load", self._keep("first load"))
        self.restore(published)
        self._add("nothing new", published)
        self.restore(published)
        self._fill("again")
        self._add("re-export", self._keep("re-export"))
        spoilt = State(
            SPOILT, self.states["re-export"].template, before=self.states["re-export"].before, feeds=self.feeds
        )
        spoilt.after, spoilt.steps, spoilt.seconds = (getattr(self.states["re-export"], n) for n in ("after", "steps", "seconds"))  # fmt: skip
        self.states[SPOILT] = spoilt

    def _fill(self, name: str) -> None:
        shutil.copytree(self.folder / "exports" / name, self.home / "inbox", dirs_exist_ok=True)

    def _keep(self, name: str) -> Path:
        template = self.folder / "templates" / name.replace(" ", "_")
        template.parent.mkdir(exist_ok=True)
        subprocess.run(["cp", "-a", "--reflink=auto", self.home, template], check=True)
        return template

    def restore(self, template: Path) -> None:
        """Put the home into a state."""
        shutil.rmtree(self.home, ignore_errors=True)
        subprocess.run(["cp", "-a", "--reflink=auto", template, self.home], check=True)

    def _add(self, name: str, template: Path) -> None:
        state = State(name, template, feeds=self.feeds)
        state.before = in_fork(self._found)
        names: list[str] = []

        def counted() -> list[str]:
            durable.watching(lambda number, step: names.append(step))
            run(self.home)
            return names

        started = time.monotonic()
        state.steps = in_fork(counted, self.log)
        state.seconds = time.monotonic() - started
        state.after = in_fork(self._found)
        self.restore(template)
        in_fork(lambda: pulls(self.home), self.log)
        state.pulled = in_fork(lambda: objects(self.home))
        assert state.after and not in_fork(lambda: self._wrong()), f"{name}: an undisturbed run is not sound"
        self.states[name] = state

    def _found(self) -> dict[str, str] | None:
        from warehouse.layout import current_version

        version = current_version(self.home)
        return facts(version) if version else None

    def _wrong(self) -> list[str]:
        from warehouse.layout import current_version

        version = current_version(self.home)
        return violations(version, self.home) if version else []

    def shoot(
        self, name: str, how: str, step: int, dice: random.Random | None = None, patch: Callable[[], None] | None = None
    ) -> Shot:
        """Disturb a run from a state at a step (or, by `dice`, at a moment), look, run again, look again.

        how: kill | term (SIGTERM) | full (from this step on no byte can be written) | lost (the step is done, and its answer is an
        error) | zombie (stopped, taken for dead, its locks taken away, and woken when another run is over) | moment (killed by the
        clock). patch: called in the process of the disturbed run, before it.
        """
        state = self.states[name]
        self.restore(state.template)
        shot = Shot(name, how, step, state.steps[step - 1] if 0 < step <= len(state.steps) else "")
        watch = WATCHES.get(how)
        first = Fork(lambda: _disturbed(self.home, watch(step) if watch else None, name == SPOILT, patch), self.log)
        if how == "zombie" and first.wait_until_stopped():
            for lock in (self.home / "state").glob("*.lock"):
                lock.unlink()
            self._judge(shot, state, in_fork(self._look, self.log), "while it is stopped")
            self._recover(shot, state, stopped=first.pid)
            first.kill(signal.SIGCONT)
        elif how == "moment":
            time.sleep((dice or random).uniform(0, state.seconds))
            first.kill()
        ended = first.wait()
        shot.hit = (
            bool(ended.signal) if how in ("kill", "term", "moment") else bool(ended.error) or ended.value != "published"
        )
        shot.told = ended.error or str(ended.value or "")
        if how in ("kill", "moment") and not ended.signal and name != SPOILT and ended.value != "published":
            shot.problems.append(f"not killed, and yet: {shot.told}")
        self._judge(shot, state, in_fork(self._look, self.log), "after it", [state.after] if how == "zombie" else None)
        self._recover(shot, state)
        return shot

    def shoot_pull(self, name: str, step: int) -> Shot:
        """Kill a run at a step of its pulls, and pull again: the build must find what it finds after pulls that nothing stopped.

        A whole run would only add the build, whose result is a function of these objects and rows (tests/laws).
        """
        state = self.states[name]
        self.restore(state.template)
        shot = Shot(name, "pull", step, state.steps[step - 1])
        ended = Fork(lambda: _disturbed(self.home, durable.dying_at(step)), self.log).wait()
        shot.hit = bool(ended.signal)
        if not ended.signal:
            shot.problems.append(f"not killed: {ended.error or ended.value}")
        self._judge(shot, state, in_fork(self._look, self.log), "after it")

        def again() -> tuple:
            pulls(self.home)
            return objects(self.home), litter(self.home)

        ended = Fork(again, self.log).wait()
        if ended.signal or ended.error:
            shot.problems.append(f"the pulls after it failed: signal {ended.signal} {ended.error}")
            return shot
        found, left = ended.value
        differing = sorted(k for k in found.keys() | state.pulled.keys() if found.get(k) != state.pulled.get(k))
        shot.problems += [f"after the pulls after it {key} differs" for key in differing]
        shot.problems += [f"left behind: {path}" for path in left]
        return shot

    def _look(self) -> tuple[dict[str, str] | None, list[str]]:
        return self._found(), self._wrong()

    def _judge(self, shot: Shot, state: State, seen: tuple, when: str, allowed: list | None = None) -> None:
        found, wrong = seen
        allowed = allowed or ([state.before] if state.name == SPOILT else [state.before, state.after])
        if found not in allowed:
            known = state.after or {}
            names = sorted(t for t in {*(found or {}), *known} if (found or {}).get(t) != known.get(t))
            # a source that failed keeps no other from being published: what nothing of it is in must be as if it had not
            failed = [source for source in state.feeds if found and f"{source}: " in shot.told]
            names = [n for n in names if n not in ABOUT_LOADS.union(*(state.feeds[f] for f in failed))] if failed else names  # fmt: skip
            if names:
                shot.problems.append(f"{when} a reader finds neither the old nor the new publication: {names}")
        shot.problems += [f"{when}: {w}" for w in wrong]

    def _recover(self, shot: Shot, state: State, stopped: int | None = None) -> None:
        """One normal run: it must end well, and give what a run that nothing stopped gives.

        stopped: a process that is not dead; what it is writing is its own to take away once it wakes, and is looked for then.
        """

        def again() -> tuple:
            told = run(self.home)
            return told, self._found(), self._wrong(), litter(self.home)

        ended: Ended = Fork(again, self.log).wait()
        if ended.signal or ended.error:
            shot.problems.append(f"the run after it failed: signal {ended.signal} {ended.error}")
            return
        told, found, wrong, left = ended.value
        if told != "published":
            shot.problems.append(f"the run after it: {told}")
        if found != state.after:
            names = sorted(t for t in {*(found or {}), *state.after} if (found or {}).get(t) != state.after.get(t))
            shot.problems.append(f"the run after it published something else: {names}")
        shot.problems += [f"after the run after it: {w}" for w in wrong]
        shot.problems += [f"left behind: {name}" for name in left if not name.endswith(f".{stopped}.tmp")]


@contextmanager
def _manifests() -> Iterator[list[Any]]:
    """The parsed projects of the builds made meanwhile."""
    from warehouse import dbt_build

    honest, seen = dbt_build.halves, []

    def halves(manifest: Any, steps: tuple) -> tuple[set[str], set[str]]:
        seen.append(manifest)
        return honest(manifest, steps)

    dbt_build.halves = halves
    try:
        yield seen
    finally:
        dbt_build.halves = honest


def _feeds(manifest: Any) -> dict[str, set[str]]:
    """Source -> marts (schema.name) that are made of anything of it, by dbt's own lineage."""
    from ingest.registry import sources

    marts = {i: f"marts.{n.name}" for i, n in manifest.nodes.items() if n.resource_type == "model" and n.schema == "marts"}  # fmt: skip
    fed: dict[str, set[str]] = {source.name: set() for source in sources()}
    for identifier, name in marts.items():
        seen, waiting = set(), [identifier]
        while waiting:
            here = waiting.pop()
            if here in manifest.sources:
                table = manifest.sources[here]
                for source in [table.name.split("__")[0]] if table.source_name == "raw" else fed:  # enriched: of all
                    fed[source].add(name)
            elif here in manifest.nodes and here not in seen:
                seen.add(here)
                waiting += getattr(manifest.nodes[here].depends_on, "nodes", [])
    return fed


def run(home: Path) -> str:
    """One whole run; "published", or what went wrong with a source."""
    from warehouse.progress import Teller
    from warehouse.run import run_all

    with Teller(quiet=True) as teller:
        outcome = run_all(home, None, None, force=True, teller=teller)
    return "; ".join(f"{source}: {told}" for source, told in outcome.problems.items()) or "published"


def pulls(home: Path) -> None:
    """Pull every source, as a run does first."""
    from ingest.pipeline import pull
    from ingest.registry import sources

    for source in sources():
        pull(source.name, LAST, home=home)


def objects(home: Path) -> dict[str, str]:
    """Path -> hash of every object of landing, raw and quarantine and of every file that waits; load id -> its row of the ledger.

    Without the clock, and without the rows of status `duplicate`: a file that was landed and not yet taken out of the inbox when
    its run died is read twice, and that row says so.
    """
    from ingest import ledger

    clock = ("loaded_at", "seconds", "retried_at", "dropped_at")
    paths = [p for kind in ("inbox", "landing", "raw", "quarantine") for p in (home / kind).rglob("*") if p.is_file()]
    found = {str(p.relative_to(home)): hashlib.sha256(p.read_bytes()).hexdigest() for p in paths}
    for load in ledger.read_loads(home):
        if load.status != "duplicate":
            found[load.load_id] = repr({k: v for k, v in vars(load).items() if k not in clock})
    return found


def _disturbed(
    home: Path, watch: durable.Watch | None, spoilt: bool = False, patch: Callable[[], None] | None = None
) -> str:
    if spoilt:
        _plant_a_fault()
    if patch:
        patch()
    durable.watching(watch)
    return run(home)


def _plant_a_fault() -> None:
    """Builds lose one credit, as a wrong join would."""
    from warehouse import continuing

    honest = continuing.finish

    def finish(path: Path, keys: dict[str, str]) -> None:
        import duckdb

        honest(path, keys)
        with duckdb.connect(str(path)) as connection:
            connection.execute(
                "delete from marts.attribution_credits where rowid = (select min(rowid) from marts.attribution_credits)"
            )
            connection.execute(
                "update raw.run set continues = false"
            )  # so that the version is written whole, fault and all

    continuing.finish = finish


def _full_from(number: int) -> durable.Watch:
    def watch(reached: int, _: str) -> None:
        if reached == number:  # every write to a file fails from here on (EFBIG), as on a full disk
            resource.setrlimit(resource.RLIMIT_FSIZE, (0, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))

    return watch


def _lost_at(number: int) -> durable.Watch:
    def watch(reached: int, name: str) -> None:
        if reached == number:
            raise OSError(5, f"the answer is lost ({name})")

    return watch


def _stopping_at(number: int) -> durable.Watch:
    def watch(reached: int, _: str) -> None:
        if reached == number:
            os.kill(os.getpid(), signal.SIGSTOP)

    return watch


def _terminated_at(number: int) -> durable.Watch:
    def watch(reached: int, _: str) -> None:
        if reached == number:
            os.kill(os.getpid(), signal.SIGTERM)
            time.sleep(60)  # the signal is on its way

    return watch


def _little_memory_from(number: int) -> durable.Watch:
    def watch(reached: int, _: str) -> None:
        if reached == number:
            size = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
            resource.setrlimit(resource.RLIMIT_AS, (size + (48 << 20), resource.getrlimit(resource.RLIMIT_AS)[1]))

    return watch


def _few_handles_from(number: int) -> durable.Watch:
    def watch(reached: int, _: str) -> None:
        if reached == number:
            most = max(int(p.name) for p in Path("/proc/self/fd").iterdir()) + 2
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))

    return watch


WATCHES = {
    "kill": durable.dying_at, "term": _terminated_at, "full": _full_from, "lost": _lost_at, "zombie": _stopping_at,
    "memory": _little_memory_from, "handles": _few_handles_from,
}  # fmt: skip


def _write_exports(folder: Path) -> None:
    """first/: two days, with an archive and a file without a byte; again/: the third day, which corrects the two."""
    from simulator.exports import write_exports
    from simulator.world import World

    world = World(seed=5, first_day=FIRST, days=3, orders_per_day=10)
    last = FIRST + dt.timedelta(days=1)
    write_exports(world, folder / "first", FIRST, last, only=DATASETS)
    write_exports(world, folder / "again", last + dt.timedelta(days=1), last + dt.timedelta(days=1), only=DATASETS)
    (folder / "first" / "shop" / "products" / "empty_20260906020000.csv").touch()
    touches = sorted((folder / "first" / "web" / "touchpoints").glob("*.csv"))[0]
    with zipfile.ZipFile(touches.with_suffix(".zip"), "w") as archive:
        archive.write(touches, touches.name)
    touches.unlink()
    for path in folder.rglob("*"):
        if path.is_file():
            os.utime(path, (1, 1))  # untouched for long, so that no pull waits to see whether it still grows


def steps_of(state: State, how: str) -> list[int]:
    """The steps at which a run from a state can be disturbed in this way."""
    if how == "pull":  # all that comes before the number of the build is taken
        return [] if state.name == SPOILT else list(range(1, state.steps.index("before rename fence")))
    if how == "zombie" and state.name == SPOILT:  # its gate would stop it after another run has published what is right
        return []
    if how == "lost":  # what dbt is told by its listeners does not reach the build
        return [n for n, name in enumerate(state.steps, 1) if name.startswith("after") and not name.startswith(("after dbt", "after enrich"))]  # fmt: skip
    return list(range(1, len(state.steps) + 1))
