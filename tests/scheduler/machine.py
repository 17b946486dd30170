"""A machine of the tests' own: a FUPAN_HOME, and on it the whole of Airflow as `make up` and `make down` start and end it."""

import datetime as dt
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
from airflow_rest import Airflow
from company import Company

from deploy import local_airflow, processes

PROJECT = Path(__file__).resolve().parents[2]
SOURCES = [
    "crm", "douyin", "erp", "kuaidi100", "kuaishou", "market", "plan", "qianchuan", "shop", "supply", "taobao", "tencent", "web",
    "wecom", "weixin",
]  # fmt: skip
BUILDS_SECONDS = int(os.environ.get("FUPAN_BUILDS_SECONDS", "900"))  # a busy machine needs more


@contextmanager
def new_home() -> Iterator[Path]:
    """A FUPAN_HOME that PostgreSQL's user can reach (pytest's own folders are closed to it); removed at the end.

    All have one key of pseudonyms, without which no two publications could be compared.
    """
    folder = Path(tempfile.mkdtemp(prefix="fupan-scheduler-"))
    folder.chmod(0o755)
    (folder / "state").mkdir(mode=0o700)
    (folder / "state" / "identity.key").write_bytes(b"k" * 32)
    (folder / "state" / "identity.key").chmod(0o600)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def whole_airflow(home: Path, company: Company, as_of: dt.date) -> Iterator[Airflow]:
    """The whole of Airflow on ``home``, started as `make up` does, with the API that the 千川 pull asks; ended to the last process."""
    with company.simulated_api(home, as_of) as address:
        started = supervisor("up", home, FUPAN_QIANCHUAN_URL=address)
        assert started.returncode == 0, f"up failed:\n{started.stdout}\n{started.stderr}"
        words = dict(re.findall(r"^(Airflow|password):\s+(\S+)", started.stdout, re.MULTILINE))
        parts = local_airflow.read_state(home)["parts"]
        try:
            yield Airflow(words["Airflow"], "admin", words["password"])
        finally:
            stopped = supervisor("down", home)
    assert stopped.returncode == 0, stopped.stderr
    assert [process.cmdline() for process in ours(home, parts)] == [], "down left processes behind"
    assert not (home / "state" / "airflow.json").exists()
    assert supervisor("down", home).stdout.strip() == "nothing was running"


def supervisor(command: str, home: Path, **environment: str) -> subprocess.CompletedProcess:
    """Run what `make up` and `make down` run."""
    return subprocess.run(
        [sys.executable, str(PROJECT / "deploy" / "local_airflow.py"), command, "--home", str(home)],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=400,
    )


def ours(home: Path, parts: dict) -> list[psutil.Process]:
    """Every live process of Airflow on ``home``: what belongs to its parts, and PostgreSQL by its folder."""
    found = {process.pid: process for process in processes.belonging(str(home), parts)}
    for process in psutil.process_iter(["pid", "cmdline", "status"]):
        if str(home) in " ".join(process.info["cmdline"] or []) and process.info["status"] != psutil.STATUS_ZOMBIE:
            found[process.pid] = process
    return [process for process in found.values() if process.pid != os.getpid()]
