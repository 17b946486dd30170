"""A private PostgreSQL for Airflow's metadata, from the machine's own packages: a socket in a closed folder, no port.

The server refuses to run as root, so under root it runs as the user ``postgres`` that the Debian package makes.
"""

import hashlib
import os
import pwd
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

USER = "fupan"
DATABASE = "airflow"
SERVICE_USER = "postgres"
ROOT_FOLDER = Path("/var/lib/fupan-postgres")
INSTALL_HINT = "install it (Debian, Ubuntu: apt-get install postgresql) or set AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"


class PostgresMissing(RuntimeError):
    """No PostgreSQL server programs on this machine, or no user to run them as."""


class PostgresFailed(RuntimeError):
    """A PostgreSQL program ended with an error; the message holds its last lines."""


@dataclass(frozen=True)
class Cluster:
    """A cluster's folder (``data``) and the folder of its socket, which is new at every start."""

    data: Path
    socket: Path

    def url(self, password: str) -> str:
        """Return the SQLAlchemy URL of Airflow's database."""
        return f"postgresql+psycopg2://{USER}:{quote(password, safe='')}@/{DATABASE}?host={self.socket}"


def program(name: str) -> str:
    """Return the path of a server program from PATH or Debian's folders (newest version); raises PostgresMissing."""
    found = shutil.which(name)
    if found:
        return found
    folders = [path for path in Path("/usr/lib/postgresql").glob("*/bin") if (path / name).exists()]
    if not folders:
        raise PostgresMissing(f"PostgreSQL's {name} is not on this machine: {INSTALL_HINT}")
    return str(max(folders, key=lambda path: float(path.parent.name)) / name)


def _as_server_user(command: list[str]) -> list[str]:
    """Return the command as the server's user runs it: unchanged, or through runuser when we are root."""
    return ["runuser", "-u", SERVICE_USER, "--", *command] if os.geteuid() == 0 else command


def _run(command: list[str], **environment: str) -> str:
    """Run a program as the server's user from ``/`` (it need not be able to enter our folder); return its output."""
    # pg_ctl's server inherits the output, so a pipe would never end: a file instead.
    with tempfile.TemporaryFile("w+") as output:
        done = subprocess.run(
            _as_server_user(command),
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env={**os.environ, **environment, "LC_ALL": "C.UTF-8"},
        )
        output.seek(0)
        text = output.read()
    if done.returncode:
        raise PostgresFailed(f"{Path(command[0]).name} ended with code {done.returncode}:\n{text[-2000:]}")
    return text


def _check_user() -> None:
    if os.geteuid() == 0:
        try:
            pwd.getpwnam(SERVICE_USER)
        except KeyError:
            raise PostgresMissing(f"there is no user {SERVICE_USER} to run PostgreSQL as: {INSTALL_HINT}") from None


def _private_folder(path: Path) -> None:
    """Make ``path`` (mode 700) and give it to the server's user."""
    path.mkdir(parents=True, exist_ok=True, mode=0o700)
    if os.geteuid() == 0:
        shutil.chown(path, SERVICE_USER, SERVICE_USER)


def data_folder(home: Path) -> Path:
    """Return where the cluster of ``home`` lies: in ``home/airflow/postgres``, or under /var/lib if it must.

    As root, a home below a closed folder (/root) is out of reach of the server's user.
    """
    wanted = home / "airflow" / "postgres"
    if os.geteuid() != 0:
        return wanted
    wanted.parent.mkdir(parents=True, exist_ok=True)
    reachable = subprocess.run(_as_server_user(["test", "-x", str(wanted.parent)]), cwd="/", capture_output=True)
    if reachable.returncode == 0:
        return wanted
    ROOT_FOLDER.mkdir(parents=True, exist_ok=True, mode=0o755)
    return ROOT_FOLDER / hashlib.sha256(str(home).encode()).hexdigest()[:16]


def _create(data: Path, password: str) -> None:
    """Make a new cluster with one superuser, whose password is asked for on every connection."""
    _private_folder(data)
    with tempfile.TemporaryDirectory(prefix="fupan-pw-") as folder:
        word = Path(folder) / "password"
        word.touch(mode=0o600)
        word.write_text(password)
        if os.geteuid() == 0:
            shutil.chown(folder, SERVICE_USER)
            shutil.chown(word, SERVICE_USER)
        _run(
            [program("initdb"), "-D", str(data), "-U", USER, f"--pwfile={word}"]
            + ["--auth=scram-sha-256", "--encoding=UTF8", "--locale=C.UTF-8"]
        )


def start(home: Path, password: str) -> Cluster:
    """Start the cluster of ``home``, making it the first time; return it when it answers.

    Raises PostgresMissing, or PostgresFailed with the server's words.
    """
    program("initdb"), program("pg_ctl")
    _check_user()
    data = data_folder(home)
    if not (data / "PG_VERSION").exists():
        _create(data, password)
    socket = Path(tempfile.mkdtemp(prefix="fupan-pg-"))  # short: a socket's path may have 107 characters at most
    _private_folder(socket)
    log = data / "server.log"
    options = f"-c listen_addresses='' -c unix_socket_directories='{socket}' -c unix_socket_permissions=0700"
    try:
        _run([program("pg_ctl"), "-D", str(data), "-l", str(log), "-w", "-t", "60", "-o", options, "start"])
        _create_database(socket, password)
    except PostgresFailed as failure:
        shutil.rmtree(socket, ignore_errors=True)
        words = log.read_text(errors="replace")[-1500:] if log.exists() else ""
        raise PostgresFailed(f"{failure}\n{words}") from None
    return Cluster(data, socket)


def _create_database(socket: Path, password: str) -> None:
    """Create Airflow's database if it is not there."""
    ask = ["psql", "-h", str(socket), "-U", USER, "-d", "postgres", "-v", "ON_ERROR_STOP=1", "-Atc"]
    known = _run([*ask, "select datname from pg_database"], PGPASSWORD=password).split()
    if DATABASE not in known:
        _run([*ask, f"create database {DATABASE}"], PGPASSWORD=password)


def stop(cluster: Cluster) -> None:
    """Stop the cluster (open sessions are ended) and remove its socket folder; nothing to do if it is down."""
    if (cluster.data / "postmaster.pid").exists():
        _run([program("pg_ctl"), "-D", str(cluster.data), "-m", "fast", "-w", "-t", "60", "stop"])
    shutil.rmtree(cluster.socket, ignore_errors=True)
