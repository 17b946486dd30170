"""Trying again: bounded, with growing jittered waits, and never sooner than the platform asks (Retry-After)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from email.utils import parsedate_to_datetime
from typing import TypeVar

import tenacity

from ingest.errors import Unreachable

ATTEMPTS = 6
LONGEST_WAIT = 60.0
Result = TypeVar("Result")


class TryAgain(Exception):
    """A passing failure; `wait` is what the platform asked for, in seconds."""

    def __init__(self, why: str, wait: float | None = None) -> None:
        super().__init__(why)
        self.wait = wait


def wait_seconds(state: tenacity.RetryCallState) -> float:
    """Seconds before the next try: doubling from half a second with jitter, at least what was asked for, at most a minute."""
    asked = getattr(state.outcome.exception(), "wait", None) if state.outcome else None
    jittered = tenacity.wait_exponential_jitter(initial=0.5, max=LONGEST_WAIT, jitter=0.5)(state)
    return min(max(asked or 0.0, jittered), LONGEST_WAIT)


def persistently(once: Callable[[], Result], what: str, attempts: int = ATTEMPTS) -> Result:
    """The result of `once`, which is called again while it raises TryAgain. Raises Unreachable after the last try."""
    retrying = tenacity.Retrying(
        stop=tenacity.stop_after_attempt(attempts),
        wait=lambda state: wait_seconds(state),  # looked up at each wait, so that a test can watch it
        retry=tenacity.retry_if_exception_type(TryAgain),
        reraise=True,
    )
    try:
        return retrying(once)
    except TryAgain as last:
        raise Unreachable(f"{what}: gave up after {attempts} tries: {last}. Next: run the pull again later") from None


def retry_after(value: str | None) -> float | None:
    """Seconds of a Retry-After header (seconds or a date); None when absent or unreadable."""
    if not value:
        return None
    if value.strip().isdigit():
        return float(value)
    try:
        return max(0.0, (parsedate_to_datetime(value) - dt.datetime.now(dt.UTC)).total_seconds())
    except (ValueError, TypeError):
        return None
