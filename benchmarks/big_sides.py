"""The steps of a big history, a process each: `python -m benchmarks.big_sides STEP HOME LINES_A_DAY DAYS`."""

from __future__ import annotations

import datetime as dt
import json
import sys
from pathlib import Path

RUN = "big"


def make(home: str, lines: str, days: str) -> None:
    """Write the exports of the whole span into the inbox (not measured)."""
    from benchmarks.flat_sides import write_days

    written = write_days(home, days, lines, "1", days)
    print(json.dumps({"files": len(written), "bytes": sum(p.stat().st_size for p in written)}))


def land(home: str, lines: str, days: str) -> None:
    """Land what waits and pass it through the landing gate."""
    from ingest.pipeline import land_inbox
    from ingest.registry import sources

    results = [land_inbox(source.name, home=Path(home).resolve()) for source in sources()]
    print(json.dumps({"rows": sum(x.rows_loaded for r in results for x in r.loads)}))


def build(home: str, lines: str, days: str) -> None:
    """Build everything afresh."""
    from benchmarks.flat_sides import FIRST
    from warehouse import steps

    steps.build_candidate(RUN, FIRST + dt.timedelta(days=int(days) - 1), home=Path(home).resolve(), rebuild=True)
    print("{}")


def check(home: str, lines: str, days: str) -> None:
    """The marts gate."""
    from warehouse import steps

    steps.check_candidate(RUN, home=Path(home).resolve())
    print("{}")


def publish(home: str, lines: str, days: str) -> None:
    """Write the version and flip."""
    from warehouse import steps

    print(json.dumps({"rows": steps.publish_candidate(RUN, home=Path(home).resolve()).rows}))


if __name__ == "__main__":
    {f.__name__: f for f in (make, land, build, check, publish)}[sys.argv[1]](*sys.argv[2:])
