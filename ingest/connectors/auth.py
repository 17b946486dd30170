"""Proving who asks: a token in a header or the query, a signature, or several of these. Every try is signed anew."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from ingest.connectors.http import Request
    from ingest.connectors.tokens import TokenStore


class Auth(Protocol):
    """apply: the request with its proof; renew: get another token after a refusal, False when there is nothing to renew."""

    def apply(self, request: Request) -> Request:
        """The request as it is sent."""

    def renew(self) -> bool:
        """Called when the platform refused the token."""


class NoAuth:
    """Nothing to prove (the token interface itself)."""

    def apply(self, request: Request) -> Request:
        """The request as it is."""
        return request

    def renew(self) -> bool:
        """There is no token."""
        return False


@dataclass
class Signed:
    """A signature: `sign` is given the request and returns it with timestamp, nonce and sign, as the platform wants them."""

    sign: Callable[[Request], Request]

    def apply(self, request: Request) -> Request:
        """The signed request."""
        return self.sign(request)

    def renew(self) -> bool:
        """A signature has no token of its own."""
        return False


@dataclass
class Token:
    """A token of a store, put into the request by `place(request, token)`: see in_header and in_query."""

    tokens: TokenStore
    place: Callable[[Request, str], Request]
    _used: str | None = field(default=None, repr=False)

    def apply(self, request: Request) -> Request:
        """The request with the live token."""
        self._used = self.tokens.access_token()
        return self.place(request, self._used)

    def renew(self) -> bool:
        """Have the store renew the token that was refused (unless somebody else has done so already)."""
        self.tokens.access_token(refused=self._used)
        return True


@dataclass
class Chain:
    """Several proofs, applied in order: the token first, then the signature that covers it."""

    parts: tuple[Auth, ...]

    def apply(self, request: Request) -> Request:
        """The request with every proof."""
        for part in self.parts:
            request = part.apply(request)
        return request

    def renew(self) -> bool:
        """Renew what can be renewed."""
        return any([part.renew() for part in self.parts])


def in_header(name: str) -> Callable[[Request, str], Request]:
    """Place a token in a header."""
    return lambda request, token: request.plus(headers={name: token})


def in_query(name: str) -> Callable[[Request, str], Request]:
    """Place a token in the query."""
    return lambda request, token: request.plus(params={name: token})


def sorted_md5(secret: str, params: Mapping[str, Any], *, closing: str = "") -> str:
    """md5(secret + key1value1key2value2... + closing) over the parameters sorted by name, in lower-case hex."""
    text = secret + "".join(f"{name}{params[name]}" for name in sorted(params)) + closing
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
