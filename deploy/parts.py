"""The five parts of Airflow and the environment that they share: one description for this machine and for containers.

docker-compose.yml is written by hand so that it can be read alone; tests/dags/test_compose.py holds it to this module.
"""

import os
from collections.abc import Mapping
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent

# name of the part -> arguments of `airflow`. Task logs are read from the shared folder, so nobody needs the two log
# servers, which would listen on every interface.
COMMANDS: dict[str, tuple[str, ...]] = {
    "api-server": ("api-server",),
    "scheduler": ("scheduler", "--skip-serve-logs"),
    "dag-processor": ("dag-processor",),
    "triggerer": ("triggerer", "--skip-serve-logs"),
}
# The name of each part in the answer of /api/v2/monitor/health; the api-server is healthy when it answers.
HEALTH_NAMES: dict[str, str] = {
    "api-server": "metadatabase",
    "scheduler": "scheduler",
    "dag-processor": "dag_processor",
    "triggerer": "triggerer",
}
WRITER_POOL = "fupan_writer"
ADMIN_NAME = "admin"

# The same everywhere; what differs by place (folders, addresses, database) and what is secret is added to it.
FIXED: dict[str, str] = {
    "AIRFLOW__CORE__AUTH_MANAGER": "airflow.providers.fab.auth_manager.fab_auth_manager.FabAuthManager",
    "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
    "AIRFLOW__CORE__PARALLELISM": "4",
    "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
    # A source that stays paused would keep every build waiting, so all DAGs start switched on.
    "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "False",
    "AIRFLOW__API__WORKERS": "1",
    "AIRFLOW__DAG_PROCESSOR__REFRESH_INTERVAL": "60",
    "AIRFLOW__FAB__UPDATE_FAB_PERMS": "True",
    # No telemetry of any tool.
    "DO_NOT_TRACK": "1",
    "SCARF_ANALYTICS": "false",
    "GX_ANALYTICS_ENABLED": "false",
    # Parts and tasks talk to each other on this machine; a company's proxy must not stand between them.
    "no_proxy": "127.0.0.1,localhost,api-server",
    "NO_PROXY": "127.0.0.1,localhost,api-server",
}

# Generated, never given a default: what must be equal in all parts, then what init alone needs.
SHARED_SECRETS = ("AIRFLOW__API_AUTH__JWT_SECRET", "AIRFLOW__CORE__FERNET_KEY", "AIRFLOW__API__SECRET_KEY")
ADMIN_SECRET = "FUPAN_ADMIN_PASSWORD"
DATABASE_SECRET = "FUPAN_DATABASE_PASSWORD"


def environment(
    *, root: Path, home: Path, database_url: str, secrets: Mapping[str, str], host: str, port: int, address: str
) -> dict[str, str]:
    """Return the Airflow environment of every part.

    root: the project; home: FUPAN_HOME; host, port: where the api-server listens; address: URL under which the other
    parts and people reach it. PYTHONPATH keeps what the caller has and adds the project, from where tasks import.
    """
    known = [path for path in os.environ.get("PYTHONPATH", "").split(os.pathsep) if path]
    return {
        **FIXED,
        **{name: secrets[name] for name in SHARED_SECRETS},
        "AIRFLOW_HOME": str(home / "airflow"),
        "AIRFLOW__CORE__DAGS_FOLDER": str(root / "dags"),
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{address}/execution/",
        "AIRFLOW__API__BASE_URL": address,
        "AIRFLOW__API__HOST": host,
        "AIRFLOW__API__PORT": str(port),
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": database_url,
        "FUPAN_HOME": str(home),
        "PYTHONPATH": os.pathsep.join(dict.fromkeys([*known, str(root)])),
    }
