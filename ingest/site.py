"""A company's own folder beside the project: sources, contracts and models that are added without touching the project.

FUPAN_SITE/sources.yml
FUPAN_SITE/contracts/<source>/<dataset>.odcs.yaml
FUPAN_SITE/models/...
"""

from __future__ import annotations

import os
from pathlib import Path

PACKAGE = Path(__file__).parent


def site_folder() -> Path | None:
    """FUPAN_SITE, or None where the company has none; NotADirectoryError when it names no folder."""
    named = os.environ.get("FUPAN_SITE", "").strip()
    if not named:
        return None
    folder = Path(named).resolve()
    if not folder.is_dir():
        raise NotADirectoryError(f"FUPAN_SITE is {named}, which is no folder; make it, or unset the variable")
    return folder


def contract_folders() -> list[Path]:
    """Where contracts are, the project's first."""
    site = site_folder()
    return [PACKAGE / "contracts", *([site / "contracts"] if site else [])]


def sources_files() -> list[Path]:
    """The registries that are there, the project's first."""
    site = site_folder()
    return [p for p in (PACKAGE / "sources.yml", *([site / "sources.yml"] if site else [])) if p.is_file()]
