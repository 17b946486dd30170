"""Makes the helpers of this folder importable; a home with a key that is the same in every test; waits noted, not slept."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """An empty FUPAN_HOME."""
    folder = tmp_path / "home"
    (folder / "state").mkdir(parents=True)
    (folder / "state" / "identity.key").write_bytes(bytes(range(32)))
    return folder


@pytest.fixture
def waits(monkeypatch) -> list[float]:
    """Every wait between tries, noted instead of slept."""
    from ingest.connectors import retry

    noted: list[float] = []
    honest = retry.wait_seconds
    monkeypatch.setattr(retry, "wait_seconds", lambda state: noted.append(honest(state)) or 0.0)
    return noted
