"""One target in this process: `python -m tests.fuzz.run_target NAME WORKSHOP [libFuzzer options]`, started by tests/fuzz/__main__.py."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["ingest"]):
    import ingest.batch
    import ingest.readers.html
    import ingest.readers.spreadsheet_xml  # noqa: F401
    from tests.fuzz import targets

from tests.fuzz.guard import only_inside


def main() -> None:
    """Fuzz until libFuzzer's time is over; a failing input is written by libFuzzer, and the process ends with another status."""
    name, workshop = sys.argv[1], Path(sys.argv[2])
    folder = workshop / "input"
    target = targets.TARGETS[name]

    def once(data: bytes) -> None:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        target(data, folder)

    only_inside(workshop)
    atheris.Setup([sys.argv[0], *sys.argv[3:]], once)
    atheris.Fuzz()


if __name__ == "__main__":
    os.environ.setdefault("TZ", "UTC")
    main()
