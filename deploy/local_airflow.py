"""Start, watch and stop the whole of Airflow on this machine: ``python deploy/local_airflow.py up | status | down``.

The same four parts and the same environment as docker-compose.yml (deploy/parts.py), with PostgreSQL from the machine's
packages as the fifth. Everything listens on 127.0.0.1 and lives under FUPAN_HOME; secrets are generated.
Exit codes: 0 done, 1 failed, 2 something is missing on this machine.
"""

import argparse
import fcntl
import json
import os
import socket
import sys
import time
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from deploy import postgres, processes, secret_values
from deploy.health import read_health
from deploy.parts import ADMIN_NAME, ADMIN_SECRET, COMMANDS, DATABASE_SECRET, PROJECT, environment

FIRST_PORT = 8080
START_SECONDS = 180
HOST = "127.0.0.1"


class UpFailed(RuntimeError):
    """Airflow did not become healthy; the message names the part and its log."""


def state_file(home: Path) -> Path:
    """Where the running supervisor's processes are remembered."""
    return home / "state" / "airflow.json"


def read_state(home: Path) -> dict | None:
    """Return what ``up`` wrote (port, parts, cluster, mark), or None when nothing is running from here."""
    path = state_file(home)
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else None


def write_state(home: Path, state: dict) -> None:
    """Replace the state file; called after every start, so that ``down`` can clean up an ``up`` that was cut off."""
    path = state_file(home)
    temporary = path.with_suffix(".tmp")
    temporary.unlink(missing_ok=True)
    secret_values.write_private(temporary, json.dumps(state, indent=2))
    os.replace(temporary, path)


@contextmanager
def _only_one(home: Path):
    """Hold the supervisor's lock: two ``up`` at once would start everything twice."""
    path = home / "state" / "airflow.lock"
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with path.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise UpFailed("another up or down is at work on this home") from None
        yield


def free_port(wanted: int | None) -> int:
    """Return ``wanted`` or else the first free loopback port from 8080; raises UpFailed if the wanted one is taken."""
    for port in [wanted] if wanted else range(FIRST_PORT, FIRST_PORT + 100):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, port))
            except OSError:
                continue
            return port
    raise UpFailed(f"port {wanted} is taken" if wanted else "no free port between 8080 and 8179")


def _check_parts(state: dict, home: Path) -> None:
    for name, known in state["parts"].items():
        if processes.find(known) is None:
            log = home / "airflow" / "logs" / f"{name}.log"
            words = log.read_text(errors="replace")[-1500:] if log.exists() else ""
            raise UpFailed(f"{name} has ended; its log is {log}:\n{words}")


def _wait_healthy(state: dict, home: Path, names: set[str]) -> None:
    """Return when the named parts are healthy; raises UpFailed when one has ended or the time is over."""
    end, health = time.monotonic() + START_SECONDS, {}
    while time.monotonic() < end:
        _check_parts(state, home)
        try:
            health = read_health(state["address"])
        except (OSError, ValueError):
            health = {}
        if all(health.get(name) == "healthy" for name in names):
            return
        time.sleep(0.5)
    raise UpFailed(f"not healthy after {START_SECONDS} s: {health or 'no answer'}; logs: {home / 'airflow' / 'logs'}")


def up(home: Path, port: int | None = None, root: Path = PROJECT) -> dict:
    """Start everything and return the state when all parts are healthy; on a failure stops what it had started.

    Raises UpFailed, postgres.PostgresMissing or postgres.PostgresFailed.
    """
    with _only_one(home):
        state = read_state(home)
        if state and all(processes.find(known) for known in state["parts"].values()) and state["parts"]:
            raise UpFailed(f"Airflow is running already at {state['address']} (stop it with: down)")
        if state:
            _stop(home, state)
        secrets = secret_values.load_or_create(home / "state" / "airflow_secrets.json")
        port = free_port(port)
        state = {"mark": str(home), "port": port, "address": f"http://{HOST}:{port}", "parts": {}, "cluster": None}
        try:
            _start(home, root, state, secrets)
        except BaseException:
            _stop(home, state)
            raise
        return state


def _start(home: Path, root: Path, state: dict, secrets: dict) -> None:
    url = os.environ.get("AIRFLOW__DATABASE__SQL_ALCHEMY_CONN")
    if not url:
        cluster = postgres.start(home, secrets[DATABASE_SECRET])
        state["cluster"] = {"data": str(cluster.data), "socket": str(cluster.socket)}
        write_state(home, state)
        url = cluster.url(secrets[DATABASE_SECRET])
    shared = environment(
        root=root, home=home, database_url=url, secrets=secrets, host=HOST, port=state["port"], address=state["address"]
    )
    shared = {**os.environ, **shared, processes.MARK: state["mark"]}
    logs = home / "airflow" / "logs"
    _initialise(home, root, shared | {ADMIN_SECRET: secrets[ADMIN_SECRET]}, logs)
    # Tasks talk to the api-server, so it comes first and the scheduler only when it answers.
    for wave in (("api-server", "dag-processor"), ("scheduler", "triggerer")):
        for name in wave:
            command = [str(Path(sys.executable).with_name("airflow")), *COMMANDS[name]]
            state["parts"][name] = processes.start(command, shared, root, logs / f"{name}.log")
            write_state(home, state)
        _wait_healthy(state, home, {"api-server"} if "api-server" in wave else set(COMMANDS))


def _initialise(home: Path, root: Path, shared: dict, logs: Path) -> None:
    import subprocess

    logs.mkdir(parents=True, exist_ok=True)
    log = logs / "init.log"
    with log.open("wb") as output:
        command = [sys.executable, "-m", "deploy.init_airflow"]
        done = subprocess.run(command, cwd=root, env=shared, stdout=output, stderr=subprocess.STDOUT)
    if done.returncode:
        raise UpFailed(f"preparing the metadata database failed:\n{log.read_text(errors='replace')[-2000:]}")


def _stop(home: Path, state: dict) -> None:
    processes.end(state["parts"], state["mark"])
    if state["cluster"]:
        postgres.stop(postgres.Cluster(Path(state["cluster"]["data"]), Path(state["cluster"]["socket"])))
    state_file(home).unlink(missing_ok=True)


def down(home: Path) -> bool:
    """Stop everything that ``up`` started, running tasks among it; False when nothing was running."""
    with _only_one(home):
        state = read_state(home)
        if state:
            _stop(home, state)
        return bool(state)


def status(home: Path) -> dict[str, str]:
    """Return part -> ``healthy``, ``unhealthy``, ``no answer`` or ``ended``; empty when nothing was started."""
    state = read_state(home)
    if not state:
        return {}
    try:
        health = read_health(state["address"])
    except (OSError, ValueError):
        health = {}
    return {
        name: health.get(name, "no answer") if processes.find(known) else "ended"
        for name, known in state["parts"].items()
    }


def main(arguments: list[str] | None = None) -> int:
    """The command line; prints the address and, because it is generated, the password and where it is kept."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("command", choices=("up", "down", "status"))
    parser.add_argument("--home", type=Path, default=Path(os.environ.get("FUPAN_HOME") or PROJECT / "var"))
    parser.add_argument("--port", type=int, help="of the web page, on 127.0.0.1 (default: the first free from 8080)")
    given = parser.parse_args(arguments)
    home = given.home.resolve()
    try:
        if given.command == "up":
            print("starting PostgreSQL, then Airflow (about a minute) ...", flush=True)
            state = up(home, given.port)
            secrets = home / "state" / "airflow_secrets.json"
            print(f"Airflow:  {state['address']}\nuser:     {ADMIN_NAME}")
            print(f"password: {secret_values.load_or_create(secrets)[ADMIN_SECRET]}\n(kept in {secrets})")
        elif given.command == "down":
            print("stopped" if down(home) else "nothing was running")
        else:
            parts = status(home)
            print("\n".join(f"{name:14} {word}" for name, word in parts.items()) or "not running")
            return 0 if parts and set(parts.values()) == {"healthy"} else 1
    except postgres.PostgresMissing as error:
        print(error, file=sys.stderr)
        return 2
    except (UpFailed, postgres.PostgresFailed, PermissionError, ValueError, RuntimeError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
