"""Who asked to be forgotten, so that a file that comes later does not bring them back: a list of keyed hashes, never of people.

state/suppressed.json holds HMAC-SHA-256 of identities under a key of its own (state/suppression.key, mode 600), which is never
rotated and is in no way the pseudonym's. Landing gives such an identity the word `forgotten` instead of a pseudonym; before the
landing gate lets the load through to a build, what belongs to it is withdrawn (ingest/withdraw.py). See ADR 11.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterable, Sequence
from pathlib import Path

from ingest.home import replacing
from ingest.protect import secret_key

_KEY = "suppression"


def listed(home: Path) -> tuple[bytes, Sequence[str]] | None:
    """(key, hashes) of those who asked to be forgotten; None when nobody has."""
    path = home / "state" / "suppressed.json"
    if not path.is_file():
        return None
    return secret_key(home, _KEY), json.loads(path.read_text(encoding="utf-8"))["hashes"]


def suppress(home: Path, identities: Iterable[str]) -> int:
    """Add identities, in clear and in their one spelling (phones of 11 digits); returns how many are on the list now.

    Call under a lock that keeps others from adding at the same time.
    """
    key, before = secret_key(home, _KEY), listed(home)
    made = {hmac.new(key, text.encode(), hashlib.sha256).hexdigest() for text in identities}
    hashes = sorted(made | set(before[1] if before else ()))
    path = home / "state" / "suppressed.json"
    with replacing(path) as temporary:
        temporary.touch(mode=0o600)
        temporary.write_text(json.dumps({"hashes": hashes}, indent=0) + "\n", encoding="utf-8")
    return len(hashes)
