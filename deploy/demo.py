"""The demo: a synthetic company's month through the real DAGs, then one more day, and the review of it.

Exports of every platform are written into the inbox; 千川 is asked over HTTP on loopback. The tasks are those that a
scheduler would run (deploy/run_dags.py). Everything lies under FUPAN_HOME (default: var/demo).
"""

import datetime as dt
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

FIRST_DAY = dt.date(2026, 9, 1)
SEED = 7


class Narrator:
    """Numbered lines with times, so that nobody waits in front of a still screen."""

    def __init__(self) -> None:
        self.started = time.perf_counter()

    def say(self, text: str) -> None:
        """One line with the minutes and seconds so far."""
        seconds = int(time.perf_counter() - self.started)
        print(f"[{seconds // 60}:{seconds % 60:02d}] {text}", flush=True)


class Platform:
    """The simulated 千川 API as a process of its own, with the world's clock at the end of one day."""

    def __init__(self, home: Path, as_of: dt.date, days: int, lines: int) -> None:
        self.home, self.as_of, self.days, self.lines = home, as_of, days, lines

    def __enter__(self) -> str:
        state = self.home / "state"
        port_file = state / "simulated_api"
        port_file.unlink(missing_ok=True)
        command = [
            sys.executable, "-m", "simulator.api", "--port", "0", "--seed", str(SEED), "--first-day", FIRST_DAY.isoformat(),
            "--days", str(self.days), "--orders-per-day", str(self.lines), "--as-of", self.as_of.isoformat(), "--qps", "0",
            "--port-file", str(port_file), "--platforms", "qianchuan", "--credentials-folder", str(state / "credentials"),
            "--state-folder", str(state / "simulated_platforms"),
        ]  # fmt: skip
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, cwd=Path(__file__).resolve().parent.parent)
        deadline = time.monotonic() + 60
        while not port_file.exists():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError("the simulated API did not start")
            time.sleep(0.05)
        address = port_file.read_text().strip()
        os.environ["FUPAN_QIANCHUAN_URL"] = address
        return address

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        self.process.wait(timeout=20)


def _simulate(world, home: Path, since: dt.date, until: dt.date, tell: Narrator) -> None:
    from simulator.exports import write_exports

    written = write_exports(world, home / "inbox", since, until)
    megabytes = sum(p.stat().st_size for p in written) / 1e6
    tell.say(
        f"wrote {len(written)} export files, {megabytes:,.0f} MB, for {since} to {until}"
        if since != until
        else f"wrote {len(written)} export files for {until}"
    )


def _run(home: Path, day: dt.date, since: dt.date | None, tell: Narrator) -> None:
    from deploy.run_dags import run_dags

    started: dict[str, float] = {}

    def progress(dag_id: str, state: str) -> None:
        if state == "running":
            started[dag_id] = time.perf_counter()
        else:
            tell.say(f"  DAG {dag_id:<18} {state:<8} {time.perf_counter() - started[dag_id]:5.1f} s")

    states = run_dags(day, since, progress=progress, home=home)
    bad = [name for name, state in states.items() if state != "success"]
    if bad:
        raise SystemExit(f"DAG(s) failed: {', '.join(bad)}. Next: fupan status --home {home}")


def main() -> int:
    """Run the demo; 0 when every DAG succeeded."""
    home = Path(os.environ.get("FUPAN_HOME") or "var/demo").resolve()
    lines, days = int(os.environ.get("FUPAN_DEMO_LINES", "2000")), int(os.environ.get("FUPAN_DEMO_DAYS", "30"))
    if home.exists():
        shutil.rmtree(home)  # the demo's own folder: each run tells the whole story
    os.environ["FUPAN_HOME"] = str(home)
    from simulator.truth import write_truth
    from simulator.world import World

    tell = Narrator()
    world = World(SEED, FIRST_DAY, days + 1, lines)
    history_end = FIRST_DAY + dt.timedelta(days=days - 1)
    next_day = history_end + dt.timedelta(days=1)
    tell.say(f"a synthetic company, {days} days of about {lines:,} order lines, in the platforms' real layouts")
    _simulate(world, home, FIRST_DAY, history_end, tell)
    with Platform(home, history_end, days + 1, lines) as address:
        tell.say(f"the simulated 千川 answers at {address}; running the DAGs over the history")
        _run(home, history_end, max(FIRST_DAY, history_end - dt.timedelta(days=19)), tell)
    tell.say(f"one more day: {next_day}, as a daily increment (figures of the days before are restated)")
    _simulate(world, home, next_day, next_day, tell)
    with Platform(home, next_day, days + 1, lines):
        _run(home, next_day, None, tell)
    write_truth(world, home / "truth")
    _review(home)
    tell.say("done")
    return 0


def _review(home: Path) -> None:
    from ingest import ledger
    from warehouse.report import publication_report

    print()
    publication_report(home, loads=ledger.read_loads(home), ready=True)
    print(f'\nAsk it:   .venv/bin/fupan --help; .venv/bin/fupan query "select ..." --home {home}')
    print("Airflow:  make up (needs PostgreSQL), then open the address it prints")


if __name__ == "__main__":
    sys.exit(main())
