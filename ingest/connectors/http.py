"""Asking a platform: one class that puts together its address, envelope, proof of identity, rate limit and patience.

httpx does the talking (a time limit on every step, connections kept), tenacity the waiting. Nothing here logs a URL, a
header or a body: tokens travel in all three. So httpx, which would log every URL, is kept silent.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from email.utils import parsedate_to_datetime
from typing import Any

import httpx

from ingest.clock import BEIJING
from ingest.connectors.auth import Auth, NoAuth
from ingest.connectors.envelope import Envelope, TokenRefused
from ingest.connectors.retry import ATTEMPTS, TryAgain, persistently, retry_after
from ingest.errors import FetchFailed

logging.getLogger("httpx").setLevel(logging.WARNING)

_TOKENS_TRIED = 2
_PASSING_STATUS = frozenset({408, 425, 429})


@dataclass(frozen=True)
class Request:
    """One request, before it is signed. json and form are exclusive; `text` is a body that is already written (it was signed)."""

    method: str
    path: str
    params: dict[str, Any] = field(default_factory=dict)
    json: Any = None
    form: dict[str, Any] | None = None
    text: str | None = None
    headers: dict[str, str] = field(default_factory=dict)

    def plus(self, *, params: dict[str, Any] | None = None, headers: dict[str, str] | None = None) -> Request:
        """A copy with more query parameters or headers."""
        return replace(self, params=self.params | (params or {}), headers=self.headers | (headers or {}))


@dataclass(frozen=True)
class Answer:
    """A good answer: its body, and the moment at which the platform gave it."""

    body: dict[str, Any]
    date: str | None

    @property
    def at(self) -> dt.datetime:
        """Beijing wall time by the platform's own clock (the Date header): a wrong clock here must not reorder figures."""
        try:
            return parsedate_to_datetime(self.date).astimezone(BEIJING).replace(tzinfo=None)
        except (TypeError, ValueError):
            raise FetchFailed(
                "the answer has no Date header, so that it cannot be told from older ones. Next: check for a proxy that drops it"
            ) from None


@dataclass
class JsonApi:
    """A JSON API at a base address. `limiter` is called before each try and may sleep; `auth` signs each try anew."""

    url: str
    envelope: Envelope
    auth: Auth = field(default_factory=NoAuth)
    limiter: Callable[[], None] = lambda: None
    timeout_seconds: float = 30.0
    attempts: int = ATTEMPTS
    client: httpx.Client = field(init=False)

    def __post_init__(self) -> None:
        self.client = httpx.Client(base_url=self.url, timeout=self.timeout_seconds, trust_env=False)

    def ask(self, request: Request) -> Answer:
        """The good answer to a request; a token that is refused is renewed once.

        Raises FetchFailed for a final error code or after the last try.
        """
        for _ in range(_TOKENS_TRIED):
            try:
                return persistently(lambda: self._once(request), request.path, self.attempts)
            except TokenRefused as refusal:
                if not self.auth.renew():
                    raise FetchFailed(
                        f"{request.path}: the key or token is not accepted: {refusal}. Next: check the credentials"
                    ) from None
        raise FetchFailed(
            f"{request.path}: a fresh access token was not accepted. Next: check the app's permissions for this account"
        )

    def _once(self, request: Request) -> Answer:
        signed = self.auth.apply(request)
        self.limiter()
        try:
            answer = self.client.request(
                signed.method, signed.path, params=signed.params, json=signed.json, data=signed.form,
                content=signed.text, headers=signed.headers,
            )  # fmt: skip
        except httpx.TransportError as problem:
            raise TryAgain(f"{type(problem).__name__} while connecting to or reading from the platform") from None
        if answer.status_code in _PASSING_STATUS or answer.status_code >= 500:
            raise TryAgain(f"HTTP {answer.status_code}", retry_after(answer.headers.get("Retry-After")))
        if answer.status_code >= 400:
            raise FetchFailed(
                f"{request.path}: HTTP {answer.status_code}. Next: check the address and the permissions of the app"
            )
        try:
            body = answer.json()
        except ValueError:
            raise TryAgain("the answer is not JSON (a maintenance page?)") from None
        if not isinstance(body, dict):
            raise TryAgain("the answer is JSON but no object")
        self.envelope.judge(request.path, body)
        return Answer(body, answer.headers.get("Date"))
