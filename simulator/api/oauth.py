"""OAuth as the platform does it: a refresh kills the refresh token it used, and the access token before."""

import hashlib
import hmac
import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock

ACCESS_SECONDS = 86_400
REFRESH_SECONDS = 30 * 86_400


def derived(seed: int, *parts: object) -> str:
    """A 40-digit hex value that belongs to (seed, parts): the simulator's credentials, of no use anywhere else."""
    return hmac.new(f"simulated platform {seed}".encode(), "|".join(map(str, parts)).encode(), hashlib.sha1).hexdigest()


@dataclass
class Tokens:
    """The one app on a simulated platform and the pair of tokens that is alive.

    `state_file` (mode 600) keeps the generation over restarts, so that a client's stored refresh token stays good.
    """

    seed: int
    state_file: Path | None = None
    name: str = "qianchuan"
    generation: int = 0
    expired: bool = False
    _lock: Lock = field(default_factory=Lock, repr=False)

    def __post_init__(self) -> None:
        if self.state_file and self.state_file.exists():
            self.generation = int(json.loads(self.state_file.read_text())["generation"])

    @property
    def app_id(self) -> str:
        """The app's id (public)."""
        return str(int(derived(self.seed, self.name, "app")[:12], 16))

    @property
    def secret(self) -> str:
        """The app's secret."""
        return derived(self.seed, self.name, "secret")

    def access_token(self) -> str:
        """The access token that is valid now; none is before the first refresh."""
        return derived(self.seed, self.name, "access", self.generation)

    def refresh_token(self) -> str:
        """The refresh token that is valid now."""
        return derived(self.seed, self.name, "refresh", self.generation)

    def accepts(self, token: str | None) -> bool:
        """Whether an Access-Token header is good."""
        with self._lock:
            alive = self.generation > 0 and not self.expired
            return alive and token is not None and hmac.compare_digest(token.encode(), self.access_token().encode())

    def expire(self) -> None:
        """Lets the access token expire before its time."""
        with self._lock:
            self.expired = True

    def refresh(self, body: dict) -> dict | None:
        """A new pair for a good refresh request, None for a bad one. The old pair is dead when this returns."""
        with self._lock:
            good = body.get("grant_type") == "refresh_token" and all(
                hmac.compare_digest(str(body.get(name, "")).encode(), value.encode())
                for name, value in (
                    ("app_id", self.app_id),
                    ("secret", self.secret),
                    ("refresh_token", self.refresh_token()),
                )
            )
            if not good:
                return None
            return self._next_pair()

    def grant(self) -> dict:
        """A new pair without a refresh token being used: the caller has proved who it is in another way."""
        with self._lock:
            return self._next_pair()

    def _next_pair(self) -> dict:
        self.generation += 1
        self.expired = False
        if self.state_file:
            write_private(self.state_file, {"generation": self.generation})
        return {
            "access_token": self.access_token(),
            "expires_in": ACCESS_SECONDS,
            "refresh_token": self.refresh_token(),
            "refresh_token_expires_in": REFRESH_SECONDS,
        }

    def credentials(self) -> dict:
        """What the user of the API is given at the start: app_id, secret and the refresh token that is alive."""
        return {"app_id": self.app_id, "secret": self.secret, "refresh_token": self.refresh_token()}


def write_private(path: Path, content: dict) -> None:
    """Writes JSON beside its place with mode 600, then renames it there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w") as out:
        json.dump(content, out)
        out.flush()
        os.fsync(out.fileno())
    beside.replace(path)
