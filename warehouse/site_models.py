"""The company's own dbt models (FUPAN_SITE/models): given to dbt beside the project's, with sources made from the company's contracts.

Nothing is written into the project or into the company's folder: the sources lie under FUPAN_HOME/tmp.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

from ingest.contract import contract_files
from ingest.home import replacing
from ingest.site import site_folder
from warehouse.generate import sources_yaml
from warehouse.layout import DBT

_CONTINUES = re.compile(r"materialized\s*=\s*['\"](newest|keyed|derived|summed|whole|handed)['\"]")
_MODELS, _SOURCES = "FUPAN_SITE_MODELS", "FUPAN_SITE_SOURCES"


def offer_site(home: Path) -> None:
    """Set the two variables that dbt_project.yml reads its further model paths from; unset them where there is no site.

    Raises ValueError naming the file for a contract of the company that is not valid.
    """
    site = site_folder()
    for name in (_MODELS, _SOURCES):
        os.environ.pop(name, None)
    if site is None:
        return
    folder = home / "tmp" / "site_sources"
    wanted = sources_yaml(site / "contracts", f"the contracts in {site.name}, at every build")
    path = folder / "_site__sources.yml"
    if not path.exists() or path.read_text(encoding="utf-8") != wanted:  # an unchanged file spares dbt its parsing
        with replacing(path) as temporary:
            temporary.write_text(wanted, encoding="utf-8")
    os.environ.update({_MODELS: os.path.relpath(site / "models", DBT), _SOURCES: os.path.relpath(folder, DBT)})


def site_files() -> list[Path]:
    """What of the company's folder makes a publication: its registry, contracts and models."""
    site = site_folder()
    if site is None:
        return []
    models = [p for p in (site / "models").rglob("*") if p.suffix in (".sql", ".yml", ".yaml", ".csv")]
    return sorted([p for p in (site / "sources.yml",) if p.is_file()] + contract_files(site / "contracts") + models)


def is_site_model(original_file_path: str) -> bool:
    """Whether a node of dbt's manifest is the company's own. original_file_path: as in the manifest, from the project's root."""
    site = site_folder()
    return site is not None and (DBT / original_file_path).resolve().is_relative_to(site)


def plain_models() -> list[Path]:
    """The company's models that do not say how they continue from the last build: with one of them, every build starts afresh."""
    models = [p for p in site_files() if p.suffix == ".sql"]
    return [p for p in models if not _CONTINUES.search(p.read_text(encoding="utf-8"))]
