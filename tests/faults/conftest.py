"""Makes the hand-made files (tests/unit/ingest) and the simulated APIs (tests/unit/connectors) importable, and a home with a key that is the same in every test."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
for helpers in ("ingest", "connectors"):
    sys.path.insert(0, str(Path(__file__).parents[1] / "unit" / helpers))


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """An empty FUPAN_HOME."""
    folder = tmp_path / "home"
    (folder / "state").mkdir(parents=True)
    (folder / "state" / "identity.key").write_bytes(bytes(range(32)))
    return folder
