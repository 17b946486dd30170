"""Airflow for tests of the DAG files: its own home, its settings given before anything imports it."""

import os
import sys
import tempfile
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]

# Airflow reads these once, at import, and makes its home: never the one of the person who runs the tests.
os.environ.setdefault("AIRFLOW_HOME", tempfile.mkdtemp(prefix="fupan-test-airflow-"))
os.environ.setdefault("AIRFLOW__CORE__LOAD_EXAMPLES", "False")
for folder in (str(PROJECT), str(PROJECT / "dags")):
    if folder not in sys.path:
        sys.path.append(folder)
