"""API connectors: each fetches whole windows and drops the answers, as they came, into the inbox; the readers do the rest.

A connector is a module with `fetch(home, source, business_day, since) -> Iterator[Path]`. Its parts are interchangeable: auth,
paging, windows, limits, envelope and retry each have a module here, http.JsonApi and collect.collect put them together.
"""

from __future__ import annotations

import datetime as dt
from functools import partial
from importlib import import_module
from pathlib import Path

from ingest.connectors.credentials import is_set_up
from ingest.connectors.drop import each
from ingest.registry import Source

CONNECTORS = ("qianchuan", "doudian", "tencent", "kuaishou", "kuaidi100", "wangdiantong", "jushuitan", "wecom")


def fetch(source: Source, business_day: dt.date, since: dt.date | None, home: Path) -> list[Path]:
    """Ask every API of a source for a business day and what is restated before it; the files that were dropped.

    since: the first day to ask for (default: the look-back of each dataset). An API without credentials gives nothing, quietly.
    Raises FetchFailed when an API gives no whole answer, after the others were asked; ValueError for an unknown connector.
    """
    if unknown := set(source.api) - set(CONNECTORS):
        raise ValueError(
            f"{source.name}: no connector {', '.join(sorted(unknown))}; known: {', '.join(CONNECTORS)}. Next: mend `api` in sources.yml"
        )
    parts = []
    for name in source.api:
        if not is_set_up(home, name):
            continue  # a company without this API drops the downloaded reports
        connector = import_module(f"ingest.connectors.{name}")
        parts.append((name, partial(connector.fetch, home, source, business_day, since)))
    return list(each(*parts))
