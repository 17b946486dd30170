"""What two homes publish, compared; and the run by hand, `fupan run`, that Airflow's runs are compared with."""

import datetime as dt
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
from company import PROJECT


def served(home: Path) -> Path:
    """What readers open."""
    return home / "serve" / "marts.duckdb"


def marts(home: Path) -> dict[str, str]:
    """The hash of every published mart."""
    from warehouse.hashes import publication_hashes

    return publication_hashes(served(home), ("marts",))


def published_day(home: Path) -> dt.date:
    """The day that the publication reaches."""
    with duckdb.connect(str(served(home)), read_only=True) as connection:
        return connection.execute("select max(as_of) from ops.publications").fetchone()[0]


def ask(home: Path, sql: str) -> list[tuple]:
    """Rows of a question to the publication."""
    with duckdb.connect(str(served(home)), read_only=True) as connection:
        return connection.execute(sql).fetchall()


@contextmanager
def fupan_run(home: Path, as_of: dt.date, *options: str, qianchuan: str = "") -> Iterator[subprocess.Popen]:
    """`fupan run`, as a person starts it beside Airflow or without one; ended at the end if it is still at work.

    qianchuan: the address of the 千川 API, where ``home`` has credentials for it.
    """
    command = [sys.executable, "-m", "warehouse.cli", "run", "--home", str(home), "--as-of", as_of.isoformat()]
    with subprocess.Popen(
        [*command, *options],
        cwd=PROJECT,
        env=os.environ | {"FUPAN_QIANCHUAN_URL": qianchuan},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            if process.poll() is None:
                process.kill()


def give_answers(home: Path, other: Path) -> int:
    """Put what the 千川 API answered to ``home`` into the inbox of ``other``, as it came; returns how many files.

    What an API is asked depends on the days of the pulls (the last three by the hour, fifteen by the day), so another home that
    asked for itself would know other things.
    """
    answers = sorted(path for path in (home / "landing" / "qianchuan").rglob("*") if path.is_file())
    for path in answers:
        target = other / "inbox" / "qianchuan" / path.parts[-3] / path.name
        target.parent.mkdir(parents=True, exist_ok=True)
        assert not target.exists(), "two answers of one name"
        shutil.copyfile(path, target)
    return len(answers)


def apart(one: Path, other: Path, limit: int = 3) -> dict[str, list]:
    """Mart -> some of the rows that only the publication of ``one`` (-) or of ``other`` (+) has; empty when all are equal."""
    before, after = marts(one), marts(other)
    differing = sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))
    with duckdb.connect() as connection:
        connection.execute(f"attach '{served(one)}' as a (read_only); attach '{served(other)}' as b (read_only)")
        return {
            table: [
                (sign, row)
                for sign, left, right in (("-", "a", "b"), ("+", "b", "a"))
                for row in connection.execute(f"from {left}.{table} except all from {right}.{table} limit {limit}").fetchall()
            ]
            if table in before.keys() & after.keys()
            else [("missing", table)]
            for table in differing
        }  # fmt: skip
