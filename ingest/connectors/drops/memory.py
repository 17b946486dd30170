"""What was fetched from a source's drops: state/drops/<source>.json, so that a server may keep its files."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from ingest.errors import FetchFailed
from ingest.home import replacing


class Memory:
    """{address of the drop: {path below its base: [size, version]}}; written as a whole or not at all."""

    def __init__(self, home: Path, source: str) -> None:
        """Raises FetchFailed when the file is not what `save` writes."""
        self._path = home / "state" / "drops" / f"{source}.json"
        self._drops: dict[str, dict[str, list]] = {}
        if not self._path.exists():
            return
        try:
            kept = json.loads(self._path.read_text(encoding="utf-8"))
            self._drops = {drop: {p: [int(s), str(v)] for p, (s, v) in files.items()} for drop, files in kept.items()}
        except (ValueError, TypeError, AttributeError):
            raise FetchFailed(
                f"{self._path} is damaged. Next: delete it; all files are fetched again then, and landing tells which it has already"
            ) from None

    def has(self, drop: str, path: str, size: int, version: str) -> bool:
        """Whether this very version of a file was fetched."""
        return self._drops.get(drop, {}).get(path) == [size, version]

    def add(self, drop: str, path: str, size: int, version: str) -> None:
        """It is fetched."""
        self._drops.setdefault(drop, {})[path] = [size, version]

    def forget(self, drop: str, path: str) -> None:
        """The server does not have it under that path any more."""
        self._drops.get(drop, {}).pop(path, None)

    def keep_only(self, drop: str, paths: Iterable[str]) -> None:
        """Forget what the server does not have any more."""
        seen = set(paths)
        self._drops[drop] = {p: v for p, v in self._drops.get(drop, {}).items() if p in seen}

    def save(self) -> None:
        """Write it down."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(self._path) as temporary:
            temporary.write_text(json.dumps(self._drops, indent=0), encoding="ascii")
