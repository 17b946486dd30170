"""How a platform wraps its answers: HTTP 200 says little, the code in the body says whether it is an answer at all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ingest.connectors.retry import TryAgain
from ingest.errors import FetchFailed
from ingest.protect import masked
from ingest.readers.envelope import at, first


class TokenRefused(Exception):
    """The access token was not accepted."""


@dataclass(frozen=True)
class Envelope:
    """code: paths of the code, tried in turn; good, passing, token: what codes mean success, "ask again" and "not this token".

    silent_good: an answer without any code is a good one. flags: path -> values that mean failure whatever the code says
    ({"issuccess": {"false"}}). hints: code -> the next step for the person who reads the error. Codes are compared as text,
    since some platforms answer 0 and others "0". passing_words: word of a message -> seconds to wait, for platforms that have one
    code for everything that goes wrong.
    """

    code: tuple[str, ...]
    message: tuple[str, ...]
    good: frozenset[str]
    passing: frozenset[str] = frozenset()
    token: frozenset[str] = frozenset()
    silent_good: bool = False
    flags: Mapping[str, frozenset[str]] = field(default_factory=dict)
    hints: Mapping[str, str] = field(default_factory=dict)
    passing_words: Mapping[str, float] = field(default_factory=dict)

    def judge(self, path: str, body: dict[str, Any]) -> None:
        """Return for a good answer. Raises TokenRefused, TryAgain for a passing code, FetchFailed for a final one."""
        found = first(body, list(self.code))
        code = "" if found is None else str(found)
        message = masked(str(first(body, list(self.message)) or "no message"), limit=120)
        if code in self.token:
            raise TokenRefused(message)
        if code in self.passing:
            raise TryAgain(f"code {code}: {message}")
        flagged = any(str(at(body, flag)).lower() in bad for flag, bad in self.flags.items())
        if not flagged and (code in self.good or (found is None and self.silent_good)):
            return
        for word, wait in self.passing_words.items():
            if word in message:
                raise TryAgain(f"code {code}: {message}", wait)
        hint = self.hints.get(code, "look the code up in the platform's list")
        raise FetchFailed(f"{path}: the platform answered code {code or 'none'}: {message}. Next: {hint}")
