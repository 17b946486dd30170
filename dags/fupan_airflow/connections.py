"""Airflow's connections as what a pull is given: `fupan_drop_<source>` (and `_2`, ...), `fupan_api_<name>`. Read inside tasks only.

Neither Airflow's SFTP provider (it needs paramiko, LGPL) nor the one for Amazon is needed: a connection is a set of fields here.
"""

from collections.abc import Iterator
from itertools import count
from typing import Any
from urllib.parse import quote

#: fields that Airflow's own forms call otherwise
_OTHER_NAMES = {
    "region_name": "region",
    "aws_session_token": "session_token",
    "private_key_passphrase": "key_passphrase",
}


def given(source: Any) -> dict[str, dict[str, dict[str, Any]]]:
    """What the connections say for a source of the registry, as arguments of ingest.pipeline.pull: drops, credentials.

    Nothing is checked here: ingest does it, so that a wrong field does not keep the waiting files from being landed.
    """
    apis = {name: connection for name in source.api if (connection := _find(f"fupan_api_{name}"))}
    return {
        "drops": {f"Airflow connection {c.conn_id}": drop_fields(c) for c in _drops(source.name)},
        "credentials": {name: dict(connection.extra_dejson) for name, connection in apis.items()},
    }


def drop_fields(connection: Any) -> dict[str, Any]:
    """The fields of docs/connectors.md from a connection of type sftp, aws or generic; what stands in `extra` comes first."""
    fields = {_OTHER_NAMES.get(name, name): value for name, value in connection.extra_dejson.items()}
    kind = (connection.conn_type or "").lower()
    if kind in ("sftp", "ssh") and "url" not in fields:
        port = f":{connection.port}" if connection.port else ""
        folder = str(fields.pop("folder", connection.schema or "")).lstrip("/")
        fields["url"] = (
            f"sftp://{quote(connection.login or '', safe='')}@{connection.host or ''}{port}/{quote(folder, safe='/~')}"
        )
    secrets = {"access_key_id": connection.login, "secret_access_key": connection.password}
    if not str(fields.get("url", "")).startswith("s3://"):
        secrets = {"password": connection.password}
    return {name: value for name, value in secrets.items() if value} | fields


def _drops(source: str) -> Iterator[Any]:
    for number in count(1):
        connection = _find(f"fupan_drop_{source}" + (f"_{number}" if number > 1 else ""))
        if connection is None:
            return
        yield connection


def _find(name: str) -> Any | None:
    """The connection of that name, if there is one."""
    from airflow.exceptions import AirflowNotFoundException
    from airflow.sdk import Connection

    try:
        return Connection.get(name)
    except AirflowNotFoundException:
        return None
