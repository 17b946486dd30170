"""The old binary workbook (.xls), looked at before it is read: a password, and what opening it costs.

Its parser follows chains of sectors and reserves what the file states, so that a file of five kilobytes can take all memory
there is and end the process, which no `except` can meet. So it is opened in a process of its own first, under limits.
"""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

from ingest.errors import Refused
from ingest.limits import limit

#: what opening an old workbook may take: bytes of memory (a full sheet takes 1.3 GB), seconds of a processor, seconds in all
OPEN_MEMORY = limit("FUPAN_OLD_BOOK_BYTES", 2 * 1024**3)
OPEN_SECONDS = limit("FUPAN_OLD_BOOK_SECONDS", 60)
_WAIT_SECONDS = 4 * OPEN_SECONDS
#: names of streams, as an OLE2 container spells them: a workbook with a password is one of these
_LOCKED = "EncryptedPackage".encode("utf-16-le")
_TOO_MUCH = 9
# what is wrong with the file otherwise is found again, and told, where it is read
_OPENING = f"""
import resource, sys
path, library, memory, seconds = sys.argv[1:]
for what, most in ((resource.RLIMIT_AS, memory), (resource.RLIMIT_CPU, seconds), (resource.RLIMIT_CORE, 0)):
    resource.setrlimit(what, (int(most), int(most)))
sys.path.append(library)
from python_calamine import CalamineWorkbook
try:
    with CalamineWorkbook.from_path(path) as book:
        for name in book.sheet_names:
            book.get_sheet_by_name(name)
except MemoryError:
    sys.exit({_TOO_MUCH})
"""


def look_at_ole2(path: Path) -> None:
    """Refuse a container that holds an encrypted package, and one that takes more than the limits to open."""
    _refuse_locked(path)
    _refuse_greedy(path)


def _refuse_locked(path: Path) -> None:
    with open(path, "rb") as file:
        kept = b""
        while chunk := file.read(1024**2):
            if _LOCKED in kept + chunk:
                raise Refused("the workbook has a password", hint="save it without one and drop it again")
            kept = chunk[-len(_LOCKED) :]


def _refuse_greedy(path: Path) -> None:
    found = importlib.util.find_spec("python_calamine")
    library = str(Path(found.origin).parents[1]) if found and found.origin else ""
    try:
        done = subprocess.run(
            [sys.executable, "-I", "-S", "-c", _OPENING, os.fspath(path), library, str(OPEN_MEMORY), str(OPEN_SECONDS)],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=_WAIT_SECONDS,
        )  # fmt: skip
        is_greedy = done.returncode < 0 or done.returncode == _TOO_MUCH
    except subprocess.TimeoutExpired:
        is_greedy = True
    if is_greedy:
        raise Refused(
            f"the workbook takes more than {OPEN_MEMORY // 1024**2:,} MB or {OPEN_SECONDS} seconds to open",
            hint="it is damaged or was made to harm; open it in a spreadsheet, save it as .xlsx and drop that",
        )
