"""Processes of the benchmark of overhead: a daily run whose SQL is written down, and that SQL run alone. `python -m benchmarks.overhead_sides`."""

from __future__ import annotations

import json
import pickle
import re
import shutil
import sys
import threading
import time
from pathlib import Path


def record(home: str, day: str, folder: str) -> None:
    """The daily run of `fupan run`, with every statement noted; folder gets the build file as dbt found it, and the build's statements.

    Told: seconds inside DuckDB of all other statements (landing, gates, publishing), as they were in this run.
    """
    import datetime as dt

    import duckdb

    from warehouse import candidate
    from warehouse.progress import Teller
    from warehouse.run import run_all

    noted: list[tuple] = []
    spent: list[float] = []
    building = threading.Event()
    plain_rollback = duckdb.DuckDBPyConnection.rollback
    plain, plain_build = duckdb.DuckDBPyConnection.execute, candidate.build

    def execute(self, query, *arguments, **named):
        started, cpu = time.perf_counter(), time.process_time()
        try:
            return plain(self, query, *arguments, **named)
        finally:
            if not building.is_set():  # where one thread asks: what the process does meanwhile is the statement's
                spent.append(time.process_time() - cpu)
            noted.append(
                (
                    building.is_set(),
                    threading.get_ident(),
                    started,
                    time.perf_counter() - started,
                    str(query),
                    arguments,
                )
            )

    def rollback(self):  # a test of dbt ends so
        noted.append((building.is_set(), threading.get_ident(), time.perf_counter(), 0.0, "rollback", ()))
        return plain_rollback(self)

    def build(database: Path, *arguments, **named):
        shutil.copyfile(database, Path(folder) / database.name)  # whose name the statements say
        building.set()
        try:
            return plain_build(database, *arguments, **named)
        finally:
            building.clear()

    duckdb.DuckDBPyConnection.execute, duckdb.DuckDBPyConnection.rollback, candidate.build = execute, rollback, build
    with Teller(quiet=True) as teller:
        run_all(Path(home).resolve(), dt.date.fromisoformat(day), None, force=False, teller=teller)
    inside = [note[1:] for note in noted if note[0]]
    (Path(folder) / "statements.pickle").write_bytes(pickle.dumps(_in_order(inside)))
    print(
        json.dumps(
            {
                "others": sum(n[3] for n in noted if not n[0]),
                "others_cpu": sum(spent),
                "others_count": len(noted) - len(inside),
                "build_count": len(inside),
            }
        )
    )


def _in_order(noted: list[tuple]) -> list[tuple[float, str, tuple]]:
    """(seconds, statement, parameters) as one connection can run them: what a thread did between begin and commit stays together.

    A node that reads another starts after it has ended, so that the order of starting is one that works.
    """
    chunks: list[list[tuple]] = []
    open_ones: dict[int, list[tuple]] = {}
    for thread, started, seconds, query, arguments in sorted(noted, key=lambda note: note[1]):
        word = _word(query)
        chunk = open_ones.get(thread)
        if chunk is None or word.startswith("begin"):  # outside a transaction each stands alone
            chunk = []
            chunks.append(chunk)
        chunk.append((started, seconds, query, arguments))
        if word.startswith("begin"):
            open_ones[thread] = chunk
        elif word in ("commit", "rollback"):
            open_ones.pop(thread, None)
    return [note[1:] for chunk in sorted(chunks, key=lambda c: c[0][0]) for note in chunk]


def _word(query: str) -> str:
    """What a statement begins with, without dbt's comment before it."""
    return re.sub(r"/\*.*?\*/", "", query, flags=re.DOTALL).strip().lower().rstrip(";")


def replay(folder: str) -> None:
    """The build's statements one after the other in bare DuckDB, on the file that the build started from, with dbt's settings.

    A statement that reads what Python had given to DuckDB does not run alone: its seconds are those of the run.
    """
    import duckdb

    [file] = Path(folder).glob("*.duckdb")
    connection = duckdb.connect(str(file))
    connection.execute("set timezone = 'Asia/Shanghai'; set preserve_insertion_order = false; set memory_limit = '4GB'")
    statements = pickle.loads((Path(folder) / "statements.pickle").read_bytes())
    total, in_run, failed = 0.0, 0.0, []
    cpu = time.process_time()
    for seconds, query, arguments in statements:
        started = time.perf_counter()
        try:
            connection.execute(query, *arguments).fetchall()
            total += time.perf_counter() - started
        except duckdb.Error as problem:
            if _word(query) in ("commit", "rollback"):
                continue  # the end of a transaction that was none
            in_run += seconds
            failed.append(f"{problem}".splitlines()[0][:200])
    started = time.perf_counter()
    connection.close()
    total += time.perf_counter() - started
    print(
        json.dumps(
            {
                "alone": total,
                "cpu": time.process_time() - cpu,
                "in_run": in_run,
                "not_alone": len(failed),
                "statements": len(statements),
                "why": list(dict.fromkeys(failed))[:5],  # the first cause others
            }
        )
    )


if __name__ == "__main__":
    {f.__name__: f for f in (record, replay)}[sys.argv[1]](*sys.argv[2:])
