"""Asking a platform: bounded retries with back-off and jitter, Retry-After honoured, error codes in the body seen as errors.

httpx does the talking (time limits on every step, connection reuse), tenacity the waiting. Nothing here logs a URL, a header
or a body: tokens travel in all three.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx
import tenacity

from ingest.errors import FetchFailed, Unreachable

ATTEMPTS = 6
_LONGEST_WAIT = 60.0


class TryAgain(Exception):
    """A passing failure; `wait` is what the platform asked for, in seconds."""

    def __init__(self, why: str, wait: float | None = None) -> None:
        super().__init__(why)
        self.wait = wait


@dataclass(frozen=True)
class Envelope:
    """How a platform wraps its answers: the code's field, the good codes, those that pass, and those about the token."""

    code: str
    message: str
    good: frozenset[str]
    passing: frozenset[str] = frozenset()
    token: frozenset[str] = frozenset()


class TokenExpired(Exception):
    """The access token was not accepted."""


def _wait(state: tenacity.RetryCallState) -> float:
    asked = getattr(state.outcome.exception(), "wait", None) if state.outcome else None
    jittered = tenacity.wait_exponential_jitter(initial=0.5, max=_LONGEST_WAIT, jitter=0.5)(state)
    return min(max(asked or 0.0, jittered), _LONGEST_WAIT)


@dataclass
class JsonApi:
    """A JSON API at a base address, with one envelope. `limiter` is called before each request and may sleep."""

    base_url: str
    envelope: Envelope
    limiter: Callable[[], None] = lambda: None
    timeout_seconds: float = 30.0
    attempts: int = ATTEMPTS
    client: httpx.Client = field(init=False)

    def __post_init__(self) -> None:
        self.client = httpx.Client(base_url=self.base_url, timeout=self.timeout_seconds, trust_env=False)

    def ask(self, method: str, path: str, **request: Any) -> tuple[dict[str, Any], httpx.Headers]:
        """(body, headers) of a good answer. Raises TokenExpired, or FetchFailed after the last try or for a final error."""
        retrying = tenacity.Retrying(
            stop=tenacity.stop_after_attempt(self.attempts),
            wait=_wait,
            retry=tenacity.retry_if_exception_type(TryAgain),
            reraise=True,
        )
        try:
            return retrying(self._once, method, path, **request)
        except TryAgain as last:
            raise Unreachable(
                f"{path}: gave up after {self.attempts} tries: {last}. Next: run the pull again later"
            ) from None

    def _once(self, method: str, path: str, **request: Any) -> tuple[dict[str, Any], httpx.Headers]:
        self.limiter()
        try:
            answer = self.client.request(method, path, **request)
        except httpx.TransportError as problem:
            raise TryAgain(f"{type(problem).__name__} while connecting to or reading from the platform") from None
        if answer.status_code == 429 or answer.status_code >= 500:
            raise TryAgain(f"HTTP {answer.status_code}", _retry_after(answer.headers.get("Retry-After")))
        if answer.status_code >= 400:
            raise FetchFailed(
                f"{path}: HTTP {answer.status_code}. Next: check the address and the permissions of the app"
            )
        try:
            body = answer.json()
        except ValueError:
            raise TryAgain("the answer is not JSON (a maintenance page?)") from None
        if not isinstance(body, dict):
            raise TryAgain("the answer is JSON but no object")
        return self._judged(path, body), answer.headers

    def _judged(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        code, message = str(body.get(self.envelope.code, "")), str(body.get(self.envelope.message, ""))[:120]
        if code in self.envelope.good:
            return body
        if code in self.envelope.token:
            raise TokenExpired(message)
        if code in self.envelope.passing:
            raise TryAgain(f"code {code}: {message}")
        raise FetchFailed(
            f"{path}: the platform answered code {code or 'none'}: {message}. Next: look the code up in the platform's list"
        )


def _retry_after(value: str | None) -> float | None:
    """Seconds of a Retry-After header (seconds or a date); None when absent or unreadable."""
    if not value:
        return None
    if value.strip().isdigit():
        return float(value)
    import datetime as dt
    from email.utils import parsedate_to_datetime

    try:
        return max(0.0, (parsedate_to_datetime(value) - dt.datetime.now(dt.UTC)).total_seconds())
    except (ValueError, TypeError):
        return None
