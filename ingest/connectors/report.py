"""Reports of an ad platform: windows that are read whole, in one file."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ingest.connectors.collect import Key, Window, collect
from ingest.connectors.drop import drop
from ingest.connectors.http import JsonApi, Request
from ingest.connectors.paging import Paging


@dataclass(frozen=True)
class Asked:
    """One window: what it is asked with (its pages are added), and what its answer does not say of it (account, day, time line).

    by_body: the parameters go as a JSON body and not in the query.
    """

    path: str
    params: dict[str, Any]
    beside: dict[str, Any] = field(default_factory=dict)
    by_body: bool = False

    def request(self, page: dict[str, Any]) -> Request:
        """The request of one page."""
        if self.by_body:
            return Request("POST", self.path, json=self.params | page)
        return Request("GET", self.path, params=self.params | page)


@dataclass(frozen=True)
class Reports:
    """Where the reports of one source come from and go to."""

    home: Path
    api: JsonApi
    source: str

    def read(self, name: str, asked: Asked, paging: Paging, key: Key) -> Window:
        """The window, whole. Raises FetchFailed naming it."""
        return collect(self.api, lambda page, _: asked.request(page), paging, key, what=name)

    def fetch(self, dataset: str, name: str, windows: Iterable[Asked], paging: Paging, key: Key) -> list[Path]:
        """Read the windows and drop them in one file; no file where there was nothing to ask.

        A report without rows is dropped too: that a day has no rows any more is a figure as well.
        """
        read = [(asked.beside, self.read(name, asked, paging, key)) for asked in windows]
        if not read:
            return []
        answers = (answer | {"request": beside} for beside, window in read for answer in window.answers)
        return [drop(self.home, self.source, dataset, name, answers, min(window.at for _, window in read))]
