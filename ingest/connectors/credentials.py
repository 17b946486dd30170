"""What the person who authorised an app was given: state/credentials/<api>.json, readable by its owner alone."""

from __future__ import annotations

import datetime as dt
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from ingest.errors import FetchFailed

_GIVEN: ContextVar[Mapping[str, Mapping[str, Any]]] = ContextVar("given_credentials")
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


def credentials_path(home: Path, api: str) -> Path:
    """Where the credentials of an API lie."""
    return home / "state" / "credentials" / f"{api}.json"


@contextmanager
def given_credentials(credentials: Mapping[str, Mapping[str, Any]]) -> Iterator[None]:
    """Within it, {api: fields} stand for the files of these APIs (Airflow's connections)."""
    before = _GIVEN.set(credentials)
    try:
        yield
    finally:
        _GIVEN.reset(before)


def is_set_up(home: Path, api: str) -> bool:
    """Whether there are credentials for an API."""
    return api in _GIVEN.get({}) or credentials_path(home, api).exists()


def read_credentials(home: Path, api: str, required: Iterable[str], url: str) -> dict[str, Any] | None:
    """The fields of the file, `url` among them, or None when this API is not set up.

    url: the platform's address, unless the file gives another one (`url`) or FUPAN_<API>_URL does. Raises FetchFailed when others
    can read the file, a field is missing, or the address would send the secrets in clear text; no value is named in it.
    """
    if not is_set_up(home, api):
        return None
    told = _GIVEN.get({}).get(api)
    where = f"Airflow connection fupan_api_{api}" if told is not None else str(credentials_path(home, api))
    given = told if told is not None else _read(credentials_path(home, api))
    missing = [name for name in required if not isinstance(given, Mapping) or given.get(name) in (None, "", [])]
    if missing:
        raise FetchFailed(f"{where}: {', '.join(missing)} is missing. Next: see docs/connectors.md for the fields")
    address = os.environ.get(f"FUPAN_{api.upper()}_URL") or given.get("url") or url
    parts = urlsplit(address)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _LOOPBACK):
        raise FetchFailed(
            f"{where}: the address {address!r} would send the secrets in clear text. Next: use https (http is for 127.0.0.1 alone)"
        )
    return {**given, "url": address}


def _read(path: Path) -> Any:
    """The content of a credentials file, which nobody but its owner may read."""
    if path.stat().st_mode & 0o077:
        raise FetchFailed(f"{path} can be read by others. Next: chmod 600 {path}")
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except ValueError as problem:
        where = f"line {problem.lineno}" if isinstance(problem, json.JSONDecodeError) else "not UTF-8"
        raise FetchFailed(f"{path}: not valid JSON ({where}). Next: see docs/connectors.md for the fields") from None


def moment_of(given: dict[str, Any], field: str, api: str) -> dt.date:
    """A day (YYYY-MM-DD) that the credentials name. Raises FetchFailed naming the field."""
    try:
        return dt.date.fromisoformat(str(given[field]))
    except (KeyError, ValueError):
        raise FetchFailed(f"state/credentials/{api}.json: {field} is no day. Next: write it as YYYY-MM-DD") from None
