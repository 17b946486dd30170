"""python -m simulator.api: serves the simulated platforms on loopback until it is told to stop (SIGTERM, SIGINT)."""

import argparse
import json
import signal
import sys
from datetime import date
from pathlib import Path
from threading import Thread

from simulator.api.faults import FAULTS, FaultPlan
from simulator.api.oauth import write_private
from simulator.api.server import QPS, ApiServer
from simulator.world import World


def parse(arguments: list[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m simulator.api", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--first-day", type=date.fromisoformat, default=date(2026, 9, 1))
    parser.add_argument("--days", type=int, default=31)
    parser.add_argument("--orders-per-day", type=int, default=2000)
    parser.add_argument(
        "--as-of", type=date.fromisoformat, required=True, help="the world's clock: 02:00 the day after"
    )
    parser.add_argument("--port-file", type=Path, help="the address is written here once the server listens")
    parser.add_argument(
        "--credentials-folder", type=Path, help="<platform>.json is written here: keys and address (mode 600)"
    )
    parser.add_argument("--platforms", default="", help="comma list of the platforms to write credentials for; all")
    parser.add_argument("--state-folder", type=Path, help="keeps the tokens alive over restarts (mode 600)")
    parser.add_argument("--faults", default="", help="comma list of " + ", ".join(FAULTS))
    parser.add_argument("--faults-on", default="", help="only interfaces whose path holds this text are struck")
    parser.add_argument("--slow-seconds", type=float, default=3.0, help="how long the fault `slow` takes")
    parser.add_argument("--qps", type=int, default=QPS, help="requests a second for one interface; 0 = no limit")
    return parser.parse_args(arguments)


def main(arguments: list[str] | None = None) -> int:
    """Starts the server, writes the files asked for, prints one JSON line with the address, and serves."""
    chosen = parse(arguments)
    world = World(chosen.seed, chosen.first_day, chosen.days, chosen.orders_per_day)
    faults = FaultPlan(chosen.faults.split(","), chosen.faults_on)
    server = ApiServer(
        world,
        chosen.as_of,
        chosen.port,
        faults=faults,
        qps=chosen.qps,
        slow_seconds=chosen.slow_seconds,
        state_folder=chosen.state_folder,
    )
    if chosen.credentials_folder:
        for name in chosen.platforms.split(",") if chosen.platforms else server.platforms:
            write_private(chosen.credentials_folder / f"{name}.json", server.credentials(name))
    if chosen.port_file:
        chosen.port_file.parent.mkdir(parents=True, exist_ok=True)
        beside = chosen.port_file.with_name(f".{chosen.port_file.name}")
        beside.write_text(server.url + "\n")
        beside.replace(chosen.port_file)
    print(json.dumps({"url": server.url, "as_of": chosen.as_of.isoformat()}), flush=True)

    def stop(*_: object) -> None:
        Thread(target=server.shutdown).start()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    server.serve_forever(poll_interval=0.1)
    server.server_close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
