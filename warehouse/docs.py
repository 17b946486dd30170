"""`make docs`: Data Docs of the last gate runs and dbt's docs, under FUPAN_HOME/reports, out of the hot path."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from ingest.home import fupan_home
from warehouse.layout import DBT, build_file
from warehouse.site_models import offer_site


def build_docs(home: Path) -> list[Path]:
    """Build both; returns the pages to open. FileNotFoundError with the next step when nothing was built yet."""
    if not build_file(home).exists():
        raise FileNotFoundError(f"{build_file(home)} does not exist yet. Next: fupan run")
    from expectations.data_docs import build_data_docs

    return [build_data_docs(home), _dbt_docs(home)]


def _dbt_docs(home: Path) -> Path:
    os.environ.update({"FUPAN_BUILD_DB": str(build_file(home)), "DO_NOT_TRACK": "1"})
    offer_site(home)
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager
    from dbt.cli.main import dbtRunner

    target = home / "reports" / "dbt_docs"
    target.mkdir(parents=True, exist_ok=True)
    try:
        outcome = dbtRunner().invoke(
            [
                "--quiet",
                "docs",
                "generate",
                "--static",
                "--project-dir",
                str(DBT),
                "--profiles-dir",
                str(DBT),
                "--target-path",
                str(target),
                "--log-path",
                str(target),
            ]
        )
    finally:
        DuckDBConnectionManager.close_all_connections()
    if not outcome.success:
        raise RuntimeError(f"dbt docs failed: {outcome.exception}")
    return target / "static_index.html"


if __name__ == "__main__":
    try:
        for page in build_docs(fupan_home()):
            sys.stdout.write(f"{page}\n")
    except FileNotFoundError as problem:
        sys.exit(str(problem))
