"""OAuth tokens whose refresh token works once: the new pair is on disk, fsynced, before anybody uses it."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ingest.connectors.envelope import TokenRefused
from ingest.errors import FetchFailed, Unreachable
from ingest.home import put_in_place
from ingest.locks import exclusive

_EARLY_SECONDS = 300  # an access token is renewed when this little of its life is left
_UNSTATED_SECONDS = 3600  # of a token whose life the platform does not state


@dataclass
class TokenStore:
    """The pair of one platform in state/tokens/<name>.json (mode 600), renewed by one process at a time.

    renew: called with the refresh token, returns the platform's data (access_token, expires_in, refresh_token); first: the
    refresh token that the person who authorised the app was given. A platform that gives tokens for the app's own secret has no
    refresh token: `first` is None then, and so is what `renew` is called with.
    """

    home: Path
    name: str
    first: str | None
    renew: Callable[[str | None], dict[str, Any]]

    @property
    def path(self) -> Path:
        """Where the pair lies."""
        return self.home / "state" / "tokens" / f"{self.name}.json"

    def _read(self) -> dict[str, Any]:
        return json.loads(self.path.read_text()) if self.path.exists() else {}

    def _write(self, pair: dict[str, Any]) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        beside = self.path.with_name(f".{self.path.name}.{os.getpid()}")
        handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w") as file:
            json.dump(pair, file)
        put_in_place(beside, self.path)

    def access_token(self, *, refused: str | None = None) -> str:
        """A live access token; `refused` is one that the platform did not accept, so that it is renewed once and not twice."""
        with exclusive(self.home, f"token-{self.name}", wait_seconds=120):
            pair = self._read()
            alive = (
                pair.get("access_token")
                and pair["access_token"] != refused
                and pair.get("expires_at", 0) > time.time() + _EARLY_SECONDS
            )
            if alive:
                return pair["access_token"]
            return self._renewed(pair)

    def _renewed(self, pair: dict[str, Any]) -> str:
        # the stored one; then the configured one, when somebody authorised the app anew; or the app's own secret
        candidates = list(dict.fromkeys([t for t in (pair.get("refresh_token"), self.first) if t]))
        candidates += [None] if self.first is None else []
        problem: Exception | None = None
        for token in candidates:
            try:
                fresh = self.renew(token)
            except Unreachable:
                raise  # nobody has refused the token
            except FetchFailed as failure:
                problem = failure
                continue
            self._write(
                {
                    "access_token": fresh["access_token"],
                    "refresh_token": fresh.get("refresh_token"),
                    "expires_at": time.time() + float(fresh.get("expires_in") or _UNSTATED_SECONDS),
                }
            )
            return fresh["access_token"]
        if self.first is None:
            raise FetchFailed(f"{self.name}: no token was given for the app's id and secret ({problem})")
        raise FetchFailed(
            f"{self.name}: the refresh token is not accepted any more. Next: authorise the app again and put the new refresh token into its credentials ({problem})"
        )


def token_pair(ask: Callable[[], dict[str, Any]], path: str, *, refreshable: bool = True) -> dict[str, Any]:
    """The tokens of a token interface's answer; `ask` gives the dictionary that holds them.

    Raises FetchFailed when the platform refuses, or answers without the tokens (no value is named).
    """
    try:
        data = ask()
    except TokenRefused as refusal:  # here it is the refresh token, or the secret, that is not accepted
        raise FetchFailed(f"{path}: {refusal}") from None
    wanted = ("access_token", "refresh_token") if refreshable else ("access_token",)
    if not isinstance(data, dict) or not all(data.get(name) for name in wanted):
        raise FetchFailed(f"{path}: the answer holds no {' and no '.join(wanted)}")
    return data
