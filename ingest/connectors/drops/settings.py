"""Where the drops of a source are, and how they are opened: state/credentials/drops.json, or fields from elsewhere (Airflow)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import unquote, urlsplit

from ingest.errors import FetchFailed
from ingest.registry import Source, sources

_GUIDE = "see docs/connectors.md for the fields"
_COMMON = {"url", "after", "folders", "settle_seconds"}
_FIELDS = {
    "sftp": _COMMON | {"password", "key_file", "private_key", "key_passphrase", "known_hosts", "host_key"},
    "s3": _COMMON
    | {
        "access_key_id",
        "secret_access_key",
        "session_token",
        "endpoint_url",
        "region",
        "addressing_style",
        "allow_http",
    },
}
_STYLES = ("path", "virtual", "auto")
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
SETTLE_SECONDS = 3.0


@dataclass(frozen=True)
class Drop:
    """One place that a company or a platform puts export files into.

    kind: sftp or s3; label: its address without a secret, which it is remembered by; base: the folder on the server
    (`bucket/prefix` for s3); folders: {dataset: folder below base}; move: whether fetched files go to <base>/_done;
    settle_seconds: between the two looks at a file; where: what an error names; options: the other fields, secrets among them.
    """

    kind: str
    label: str
    base: str
    folders: Mapping[str, str]
    where: str
    host: str = ""
    port: int = 22
    user: str = ""
    move: bool = False
    settle_seconds: float = SETTLE_SECONDS
    options: Mapping[str, Any] = field(default_factory=dict, repr=False, hash=False)


def drops_path(home: Path) -> Path:
    """Where the drops of every source are written down."""
    return home / "state" / "credentials" / "drops.json"


def read_drops(home: Path, source: Source) -> list[Drop]:
    """The drops of a source as drops.json tells them; none without the file.

    Raises FetchFailed when others can read the file, it is no JSON, or an entry is wrong; no value of a secret is named.
    """
    path = drops_path(home)
    if not path.exists():
        return []
    if path.stat().st_mode & 0o077:
        raise FetchFailed(f"{path} can be read by others. Next: chmod 600 {path}")
    try:
        given = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as problem:
        place = f"line {problem.lineno}" if isinstance(problem, json.JSONDecodeError) else "not UTF-8"
        raise FetchFailed(f"{path}: not valid JSON ({place}). Next: {_GUIDE}") from None
    if not isinstance(given, dict) or not all(isinstance(entries, list) for entries in given.values()):
        raise FetchFailed(f"{path}: not of the form {{source: [{{url, ...}}, ...]}}. Next: {_GUIDE}")
    known = [s.name for s in sources()]
    if unknown := sorted(set(given) - set(known)):
        raise FetchFailed(f"{path}: no source {', '.join(unknown)}; known: {', '.join(known)}. Next: mend the name")
    entries = given.get(source.name, [])
    return [drop_of(entry, source, f"{path}: {source.name}[{n}]") for n, entry in enumerate(entries)]


def drop_of(fields: Mapping[str, Any], source: Source, where: str) -> Drop:
    """A drop from its fields (docs/connectors.md). Raises FetchFailed naming `where`, the field and the next step."""

    def wrong(what: str) -> FetchFailed:
        return FetchFailed(f"{where}: {what}. Next: {_GUIDE}")

    if not isinstance(fields, Mapping) or not isinstance(fields.get("url"), str):
        raise wrong("url is missing")
    try:
        parts = urlsplit(fields["url"])
        port = parts.port or 22
    except ValueError:
        raise wrong("url cannot be read as an address") from None
    if parts.password is not None:
        raise wrong("url holds a password, which would be shown in logs; write it into the field `password`")
    kind = parts.scheme
    if kind not in _FIELDS or not parts.hostname or parts.query or parts.fragment:
        raise wrong(
            "url is not of the form sftp://user@host:port/folder or s3://bucket/folder (write ? and # as %3F, %23)"
        )
    if unknown := sorted(set(fields) - _FIELDS[kind]):
        raise wrong(f"{kind} has no field {', '.join(unknown)}; known: {', '.join(sorted(_FIELDS[kind]))}")
    after = fields.get("after", "keep")
    if after not in ("keep", "move"):
        raise wrong(f"after is {after!r}, neither keep nor move")
    settle = fields.get("settle_seconds", SETTLE_SECONDS)
    if isinstance(settle, bool) or not isinstance(settle, int | float) or not 0 <= settle <= 600:
        raise wrong(f"settle_seconds is {settle!r}, not a number from 0 to 600")
    _check_access(kind, fields, parts.username, wrong)
    folder = unquote(parts.path).strip("/")
    if ".." in folder.split("/"):
        raise wrong("url goes up with `..`")
    if kind == "s3":
        base, label = f"{parts.hostname}/{folder}".rstrip("/"), f"s3://{parts.hostname}/{folder}".rstrip("/")
    else:
        # as curl has it: /~/x lies below the user's home, everything else below the root that the server shows
        base = (folder[2:] or ".") if (folder + "/").startswith("~/") else f"/{folder}"
        label = f"sftp://{unquote(parts.username or '')}@{parts.hostname}:{port}/{folder}"
    return Drop(
        kind=kind, label=label, base=base, folders=_folders(fields.get("folders"), source, wrong), where=where,
        host=parts.hostname, port=port, user=unquote(parts.username or ""), move=after == "move", settle_seconds=float(settle),
        options={name: value for name, value in fields.items() if name not in _COMMON},
    )  # fmt: skip


def _check_access(kind: str, fields: Mapping[str, Any], user: str | None, wrong) -> None:
    """What a server of that kind cannot be opened without."""
    if kind == "sftp":
        if not user:
            raise wrong("url names no user (sftp://user@host:port/folder)")
        if not any(fields.get(name) for name in ("key_file", "private_key", "password")):
            raise wrong("none of key_file, private_key and password is there")
        return
    for name in ("access_key_id", "secret_access_key"):
        if not fields.get(name):
            raise wrong(f"{name} is missing")
    if fields.get("addressing_style", "auto") not in _STYLES:
        raise wrong(f"addressing_style is {fields['addressing_style']!r}, none of {', '.join(_STYLES)}")
    endpoint = urlsplit(str(fields.get("endpoint_url") or "https://s3"))
    plain = endpoint.scheme == "http" and (endpoint.hostname in _LOOPBACK or fields.get("allow_http") is True)
    if endpoint.scheme != "https" and not plain:
        raise wrong(
            "endpoint_url would send the files in clear text; use https, or say `allow_http: true` in a closed network"
        )


def _folders(given: Any, source: Source, wrong) -> dict[str, str]:
    """{dataset: folder below the base}: its own name, unless said otherwise."""
    if given is None:
        return {dataset: dataset for dataset in source.datasets}
    if not isinstance(given, Mapping) or not given:
        raise wrong("folders is not of the form {dataset: folder}")
    if unknown := sorted(set(given) - set(source.datasets)):
        raise wrong(f"{source.name} has no dataset {', '.join(unknown)}; known: {', '.join(source.datasets)}")
    plain = {dataset: str(folder).strip("/") for dataset, folder in given.items()}
    for dataset, folder in plain.items():
        if not folder or any(part in ("", ".", "..") for part in folder.split("/")):
            raise wrong(f"folders.{dataset} is {given[dataset]!r}, not a folder below the base")
    places = [PurePosixPath(folder) for folder in plain.values()]
    for n, place in enumerate(places):
        if any(place == other or place in other.parents for m, other in enumerate(places) if m != n):
            raise wrong(f"folders: {str(place)!r} holds the files of two datasets")
    return plain
