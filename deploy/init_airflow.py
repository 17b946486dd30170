"""Prepare Airflow's metadata database in one process: tables, the writer's pool, the first administrator.

Run by the supervisor and by the compose service `airflow-init` (``python -m deploy.init_airflow``); may be run again at
any time. The administrator's password comes from FUPAN_ADMIN_PASSWORD and is never on a command line.
"""

import os
import sys

from deploy.parts import ADMIN_NAME, ADMIN_SECRET, WRITER_POOL


def migrate() -> None:
    """Create or upgrade the tables of Airflow and of its user management."""
    from airflow.utils.db import upgradedb

    upgradedb()


def create_pool() -> None:
    """Create or correct the one-slot pool that every task of build_warehouse runs in."""
    from airflow.models.pool import Pool

    Pool.create_or_update_pool(
        name=WRITER_POOL, slots=1, description="One writer of the warehouse at a time", include_deferred=False
    )


def create_admin(password: str) -> bool:
    """Create the first administrator; returns False, changing nothing, when that user exists."""
    from airflow.providers.fab.auth_manager.cli_commands.utils import get_application_builder
    from airflow.providers_manager import ProvidersManager

    ProvidersManager().initialize_providers_configuration()
    with get_application_builder() as builder:
        manager = builder.sm
        if manager.find_user(ADMIN_NAME):
            return False
        role = manager.find_role("Admin")
        if role is None or not manager.add_user(ADMIN_NAME, "Fupan", "Admin", "admin@localhost", role, password):
            raise RuntimeError("the administrator could not be created")
    return True


def main() -> int:
    """Do all three; exit code 0 when Airflow is ready, 2 when the password is missing."""
    password = os.environ.get(ADMIN_SECRET, "")
    if len(password) < 12:
        print(f"{ADMIN_SECRET} must hold at least 12 characters; `make env` generates one", file=sys.stderr)
        return 2
    migrate()
    create_pool()
    made = create_admin(password)
    print("Airflow is ready:", "administrator created" if made else "administrator kept")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
