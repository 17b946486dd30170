"""Putting answers into the inbox, as they came: JSONL, one answer a line, whole or not at all."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from ingest.errors import FetchFailed, Unreachable
from ingest.home import inbox, replacing


def drop(home: Path, source: str, dataset: str, name: str, answers: Iterable[dict[str, Any]], at: dt.datetime) -> Path:
    """inbox/<source>/<dataset>/<name>_<moment of the answer>.jsonl, written beside its place and renamed."""
    path = inbox(home, source, dataset) / f"{name}_{at:%Y%m%d%H%M%S}.jsonl"
    with replacing(path) as temporary, open(temporary, "w", encoding="utf-8") as out:
        for answer in answers:
            out.write(json.dumps(answer, ensure_ascii=False) + "\n")
    return path


def each(*parts: tuple[str, Callable[[], Iterator[Path]]]) -> Iterator[Path]:
    """The paths of several (name, fetch) parts; a part that fails does not keep the others from being fetched.

    Raises FetchFailed naming all that failed, at the end; Unreachable when none of them was refused by the platform.
    """
    failures: list[tuple[str, FetchFailed]] = []
    for name, fetch in parts:
        try:
            yield from fetch()
        except FetchFailed as failure:
            failures.append((name, failure))
    if failures:
        kind = Unreachable if all(isinstance(f, Unreachable) for _, f in failures) else FetchFailed
        raise kind("\n".join(f"{name}: {failure}" for name, failure in failures))
