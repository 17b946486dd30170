"""Secrets are generated here, and kept in files that only their owner can read. Nothing has a default."""

import base64
import json
import os
import secrets
from pathlib import Path

from deploy.parts import ADMIN_SECRET, DATABASE_SECRET, SHARED_SECRETS

FERNET = "AIRFLOW__CORE__FERNET_KEY"


def generate() -> dict[str, str]:
    """Return new values for every secret of deploy.parts: URL-safe text, 192 bits or more each."""
    values = {name: secrets.token_urlsafe(48) for name in SHARED_SECRETS}
    values[FERNET] = base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()
    values[ADMIN_SECRET] = secrets.token_urlsafe(24)
    values[DATABASE_SECRET] = secrets.token_urlsafe(32)
    return values


def write_private(path: Path, text: str) -> None:
    """Create ``path`` (mode 600, folder made with 700) with ``text``; raises FileExistsError rather than overwrite."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)


def load_or_create(path: Path) -> dict[str, str]:
    """Return the secrets kept in the JSON file ``path``, generating it the first time.

    Raises PermissionError when others can read the file, ValueError when a value is missing.
    """
    if not path.exists():
        write_private(path, json.dumps(generate(), indent=2) + "\n")
    if path.stat().st_mode & 0o077:
        raise PermissionError(f"{path} can be read by others: run chmod 600 on it, or remove it to make new secrets")
    values = json.loads(path.read_text(encoding="utf-8"))
    missing = [name for name in (*SHARED_SECRETS, ADMIN_SECRET, DATABASE_SECRET) if not values.get(name)]
    if missing:
        raise ValueError(f"{path} lacks {', '.join(missing)}: remove it to make new secrets")
    return values
