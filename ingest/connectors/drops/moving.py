"""Moving what is fetched to <base>/_done, where the drop wishes it."""

from __future__ import annotations

from ingest.connectors.drops.listing import DONE_FOLDER, Found
from ingest.connectors.drops.memory import Memory
from ingest.connectors.drops.remote import Entry, Line, told
from ingest.connectors.drops.settings import Drop
from ingest.connectors.retry import persistently
from ingest.errors import FetchFailed

_MOST_OF_A_NAME = 1000


def move_away(line: Line, drop: Drop, memory: Memory, there: list[Found]) -> list[FetchFailed]:
    """Move every file of `there` that is fetched, with its mark; also what an earlier pull could not move. What failed, if anything."""
    try:
        for found in there:
            if not memory.has(drop.label, found.relative, *found.version):
                continue
            try:
                moved = _move(line, drop, found.relative, found.entry)
                if moved and found.mark:
                    _move(line, drop, f"{found.relative}.done", found.mark)
            except FileNotFoundError:
                continue  # somebody else took it away
            if moved:
                memory.forget(drop.label, found.relative)
    except FetchFailed as failure:
        return [failure]  # what holds for one file holds for the others
    finally:
        memory.save()
    return []


def _move(line: Line, drop: Drop, relative: str, entry: Entry) -> bool:
    """Move one file; under another name where an older one has it already."""
    folder, _, name = f"{drop.base}/{DONE_FOLDER}/{relative}".replace("//", "/").rpartition("/")
    stem, dot, suffix = name.rpartition(".")
    for number in range(1, _MOST_OF_A_NAME):
        other = f"{stem} ({number}){dot}{suffix}" if stem else f"{name} ({number})"
        target = f"{folder}/{name if number == 1 else other}"
        try:
            return persistently(lambda t=target: line.ask(lambda remote: remote.move(entry, t)), drop.label)
        except FileExistsError:
            continue
    raise FetchFailed(f"{drop.label}: {DONE_FOLDER} holds a thousand files named {told(name)}. Next: empty it")
