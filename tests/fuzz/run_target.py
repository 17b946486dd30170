"""One target in this process: `python -m tests.fuzz.run_target NAME WORKSHOP [libFuzzer options]`, started by tests/fuzz/__main__.py."""

from __future__ import annotations

import ctypes
import os
import shutil
import signal
import sys
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["ingest"]):
    import ingest.batch
    import ingest.readers.html
    import ingest.readers.spreadsheet_xml  # noqa: F401
    from tests.fuzz import targets

from tests.fuzz.guard import only_inside

#: seconds of a processor that one input may take: a busy machine makes no hang of a slow one
_HANG_SECONDS = 25


class Hang(BaseException):
    """An input took too long; no `except Exception` may swallow it."""


def main() -> None:
    """Fuzz until libFuzzer's time is over; a failing input is written by libFuzzer, and the process ends with another status."""
    name, workshop = sys.argv[1], Path(sys.argv[2])
    folder = workshop / "input"
    target = targets.TARGETS[name]

    def hang(*_: object) -> None:
        raise Hang(f"more than {_HANG_SECONDS} seconds of a processor")

    def once(data: bytes) -> None:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        signal.setitimer(signal.ITIMER_PROF, _HANG_SECONDS)
        target(data, folder)
        signal.setitimer(signal.ITIMER_PROF, 0)

    _import_all()
    signal.signal(signal.SIGPROF, hang)

    only_inside(workshop)
    _end_without_destructors()
    atheris.Setup([sys.argv[0], *sys.argv[3:]], once)
    atheris.Fuzz()


def _end_without_destructors() -> None:
    """When its time is over libFuzzer calls exit(): destructors of libraries run while threads of DuckDB and Arrow still may, and once in
    some hundred times that crashes, which is no input's fault.

    Exit handlers run in the reverse order: before this one libFuzzer's own, which writes down an input that ends the process, after it
    those of the libraries, which are all loaded by now.
    """
    libc = ctypes.CDLL(None)
    libc.__cxa_atexit(ctypes.cast(libc._exit, ctypes.c_void_p), ctypes.c_void_p(0), None)


def _import_all() -> None:
    """What readers import when they are first used, so that no input pays for it."""
    import duckdb  # noqa: F401
    import ijson  # noqa: F401
    import lxml.etree  # noqa: F401
    import numpy  # noqa: F401
    import orjson  # noqa: F401
    import pyarrow.parquet  # noqa: F401
    import python_calamine  # noqa: F401


if __name__ == "__main__":
    os.environ.setdefault("TZ", "UTC")
    main()
