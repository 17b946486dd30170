"""`python -m tests.chaos`: kills runs at numbered steps and at random moments, fills the disk, loses answers, wakes zombies.

Prints how many kills at how many points gave how many differences, with the seed; exit code 1 when there is one.
"""

from __future__ import annotations

import argparse
import os
import pickle
import random
import sys
import tempfile
import time
from collections import Counter
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

from tests.chaos.arena import SPOILT, STATES, STATES_FILE, Arena, Shot, steps_of
from tests.chaos.fork import Fork, warm_up
from tests.chaos.small import shrink

#: how a run is disturbed -> what it is called in the report
HOWS = {
    "kill": "killed at a step",
    "pull": "killed at a step of the pulls, and pulled again",
    "term": "ended by SIGTERM at a step",
    "moment": "killed at a moment",
    "full": "no room from a step on",
    "lost": "answer of a step lost",
    "zombie": "stopped at a step, taken for dead, woken later",
}


@dataclass(frozen=True)
class Plan:
    """How many disturbed runs of each kind; 0 for none, -1 for every step. minutes: what is not begun by then is left out."""

    counts: dict[str, int]
    seed: int
    minutes: float


def shots(arena: Arena, plan: Plan, worker: int, workers: int) -> list[Shot]:
    """The worker's share of the plan, in an order drawn by the seed, until the time is over."""
    dice = random.Random(plan.seed)
    wanted: list[tuple[str, str, int]] = []
    for how, count in plan.counts.items():
        points = [(state, how, n) for state in (*STATES, SPOILT) for n in steps_of(arena.states[state], how)]
        if how == "moment":
            points = [(dice.choice(STATES), how, 0) for _ in range(count)]
        elif count >= 0:
            points = dice.sample(points, min(count, len(points)))
        wanted += points
    dice.shuffle(wanted)
    made, end = [], time.monotonic() + plan.minutes * 60
    for number, (state, how, step) in enumerate(wanted):
        if number % workers != worker:
            continue
        if time.monotonic() > end:
            break
        shot = (
            arena.shoot_pull(state, step)
            if how == "pull"
            else arena.shoot(state, how, step, random.Random(plan.seed * 1_000_003 + number))
        )
        made.append(shot)
        for problem in shot.problems:
            print(f"  {shot.state}, {shot.how} {shot.step} ({shot.name}): {problem}", flush=True)
        if len(made) % 20 == 0:
            print(f"  worker {worker + 1}: {len(made)} runs disturbed, {sum(bool(s.problems) for s in made)} with differences", flush=True)  # fmt: skip
    return made


def report(made: list[Shot], arena: Arena, plan: Plan) -> str:
    """What was done and what came of it, a line a kind."""
    lines = [f"seed {plan.seed}: steps of a run: " + ", ".join(f"{s} {len(arena.states[s].steps)}" for s in STATES)]
    for how, title in HOWS.items():
        of = [s for s in made if s.how == how]
        if not of:
            continue
        points = len({(s.state, s.step) for s in of}) if how != "moment" else len(of)
        every = sum(len(steps_of(arena.states[s], how)) for s in (*STATES, SPOILT))
        wrong = [s for s in of if s.problems]
        states = ", ".join(f"{name} {count}" for name, count in sorted(Counter(s.state for s in of).items()))
        at = f"{points} of {every} points" if how != "moment" else f"{points} moments"
        lines.append(f"{title}: {len(of)} at {at} ({states}), {sum(s.hit for s in of)} of them stopped it: {len(wrong)} differences")  # fmt: skip
    kills = [s for s in made if s.how in ("kill", "pull", "term", "moment")]
    points = len({(s.state, s.step) if s.how != "moment" else id(s) for s in kills})
    lines.append(f"{len(kills)} kills at {points} points, {sum(bool(s.problems) for s in kills)} differences; {len(made)} disturbed runs in all, {sum(bool(s.problems) for s in made)} differences")  # fmt: skip
    return "\n".join(lines)


def disturb(plan: Plan, folder: Path, workers: int, whole: bool = False) -> tuple[list[Shot], str]:
    """Carry out the plan with some workers, each a fork with an arena of its own; returns the shots and the report."""

    def work(number: int) -> list[Shot]:
        if not whole:
            shrink()
        arena = Arena(folder / f"worker{number}")
        arena.prepare()
        (arena.folder / STATES_FILE).write_bytes(pickle.dumps(arena.states))
        return shots(arena, plan, number, workers)

    forks = [Fork(lambda number=number: work(number), folder / f"worker{number}.txt") for number in range(workers)]
    made: list[Shot] = []
    arena = Arena(folder / "report")
    for number, fork in enumerate(forks):
        ended = fork.wait(plan.minutes * 60 + 3600)
        if ended.error or ended.signal:
            raise RuntimeError(f"worker {number}: signal {ended.signal} {ended.error}\n{ended.trace}")
        made += ended.value
        arena.states = pickle.loads((folder / f"worker{number}" / STATES_FILE).read_bytes())
        print((folder / f"worker{number}.txt").read_text(), end="", flush=True)
    return made, report(made, arena, plan)


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--seed", type=int, default=int.from_bytes(os.urandom(3)), help="default: drawn, and printed")
    parser.add_argument("--steps", type=int, default=-1, help="kills at steps, drawn from all states; -1: every step")
    parser.add_argument(
        "--pulls",
        type=int,
        default=0,
        help="kills at steps of the pulls, followed by pulls only (quick); -1: every step",
    )
    parser.add_argument("--term", type=int, default=20, help="SIGTERM at steps")
    parser.add_argument("--moments", type=int, default=200, help="kills at random moments")
    parser.add_argument(
        "--full", type=int, default=-1, help="runs that find the disk full from a step on; -1: every step"
    )
    parser.add_argument("--lost", type=int, default=-1, help="runs that lose the answer of a step; -1: every step")
    parser.add_argument(
        "--zombies", type=int, default=40, help="runs that are taken for dead at a step and wake up later"
    )
    parser.add_argument("--minutes", type=float, default=600, help="what is not begun by then is left out")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument(
        "--whole", action="store_true", help="build all models (slow) and not those behind the credits only"
    )
    parser.add_argument(
        "--keep",
        type=Path,
        metavar="FOLDER",
        help="make the states here and leave them, for tests/chaos (FUPAN_ARENAS)",
    )
    asked = parser.parse_args()
    counts = {
        "kill": asked.steps,
        "pull": asked.pulls,
        "term": asked.term,
        "moment": asked.moments,
        "full": asked.full,
        "lost": asked.lost,
        "zombie": asked.zombies,
    }
    print(f"chaos with seed {asked.seed}", flush=True)
    warm_up(asked.whole)
    started = time.monotonic()
    with nullcontext(asked.keep) if asked.keep else tempfile.TemporaryDirectory(prefix="fupan-chaos-") as folder:
        made, told = disturb(Plan(counts, asked.seed, asked.minutes), Path(folder), asked.workers, asked.whole)
    print(f"{told}\n{(time.monotonic() - started) / 60:.1f} minutes")
    sys.exit(any(shot.problems for shot in made))


if __name__ == "__main__":
    main()
