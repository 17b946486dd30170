"""A file as it is given to landing: its bytes, the name it is known by, and what is known of it before it is opened."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

from ingest.contract import Contract
from ingest.errors import Refused
from ingest.export_time import day_in_name, export_time, time_in_name
from ingest.files import safe_name, shown_name


@dataclass(frozen=True)
class Given:
    """One file to land.

    path: its bytes; they stay where they are. name: what it is called, `archive.zip/member.csv` for one that was packed.
    notes: what the ledger is to say besides. refusal: why it is refused unread (an archive that is meant to harm, a member
    that does not unpack); its bytes are the archive's then.
    """

    path: Path
    name: str
    notes: tuple[str, ...] = ()
    refusal: Refused | None = None

    @property
    def is_member(self) -> bool:
        """Whether it came out of an archive."""
        return "/" in self.name

    @property
    def own_name(self) -> str:
        """The file's own name, without the archive and the folders that it came in."""
        return self.path.name if self.refusal else self.name.rpartition("/")[2]

    @property
    def kept_name(self) -> str:
        """The name of its copy in landing."""
        return safe_name(shown_name(self.path) if self.refusal else self.own_name)

    def named_time(self, contract: Contract) -> dt.datetime | None:
        """When the platform wrote it, by its own name, else by the archive's."""
        return next((t for n in self._names() if (t := time_in_name(n, contract))), None)

    def export_time(self, newest_content: dt.datetime | None, contract: Contract) -> dt.datetime | None:
        """As `ingest.export_time.export_time`, by the innermost name that holds a moment, else one that holds a day."""
        telling = [n for n in self._names() if time_in_name(n, contract)] or [
            n for n in self._names() if day_in_name(n)
        ]
        return export_time(telling[0] if telling else self.own_name, newest_content, contract)

    def _names(self) -> list[str]:
        """Its own name, then those of the folders and the archive round it."""
        return self.name.split("/")[::-1]


def plain(path: Path) -> Given:
    """A file that is no archive."""
    return Given(path, shown_name(path).replace("/", "_"))
