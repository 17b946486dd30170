"""Every input that once broke a reader, and every seed, goes through its target again: what was mended stays mended."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fuzz.__main__ import FOUND
from tests.fuzz.seeds import seeds
from tests.fuzz.targets import TARGETS

KEPT = [p for p in sorted(FOUND.rglob("*")) if p.is_file()]


@pytest.mark.parametrize("kept", KEPT, ids=lambda p: f"{p.parent.name}-{p.name[:14]}")
def test_what_was_found(kept: Path, tmp_path):
    folder = tmp_path / "input"
    folder.mkdir()
    TARGETS[kept.parent.name](kept.read_bytes(), folder)


@pytest.mark.parametrize("target", TARGETS)
def test_the_first_inputs(target, tmp_path):
    for number, data in enumerate(seeds(target)):
        folder = tmp_path / f"{number}"
        folder.mkdir()
        TARGETS[target](data, folder)
    assert number >= 0
