"""A simulated server that runs, the credentials it gives, and what a fetch left in the inbox."""

from __future__ import annotations

import datetime as dt
import json
import threading
from contextlib import contextmanager
from pathlib import Path

from ingest.home import inbox
from ingest.landing import land_file
from simulator.api.faults import FaultPlan
from simulator.api.server import ApiServer
from simulator.world import World

FIRST, LAST = dt.date(2026, 9, 1), dt.date(2026, 9, 6)


def small_world() -> World:
    """Six days of a small company."""
    return World(seed=3, first_day=FIRST, days=6, orders_per_day=60)


@contextmanager
def serving(world: World, *faults: str, on: str = "", as_of: dt.date = LAST, **options):
    """A running ApiServer without a rate limit, struck by the faults."""
    plan = FaultPlan(faults, on)
    server = ApiServer(world, as_of, faults=plan, **{"qps": 0, "slow_seconds": 0.6} | options)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def set_up(home: Path, server: ApiServer, name: str, **changes) -> dict:
    """Write the credentials of a platform into the home, with changes; returns them."""
    given = server.credentials(name) | changes
    path = home / "state" / "credentials" / f"{name}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(given))
    path.chmod(0o600)
    return given


def waiting(home: Path, source: str, dataset: str) -> list[Path]:
    """Every file that lies in the inbox of a dataset, half written ones too."""
    return sorted(p for p in inbox(home, source, dataset).glob("*") if p.is_file())


def land(home: Path, source: str, dataset: str) -> list:
    """Land what waits; the loads."""
    return [land_file(path, source, dataset, home) for path in waiting(home, source, dataset)]
